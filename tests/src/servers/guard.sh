# Outlives the test process by a moment: ends the servers that it left and removes its files.
#
# Orders come as lines on the standard input, which ends when the test process does, however it ends. A server is its
# process number and the signal that ends it.
trap '' HUP INT TERM
servers=' '
while read -r order server; do
    case $order in
    watch) servers="$servers$server " ;;
    forget) servers="${servers%% "$server" *} ${servers#* "$server" }" ;;
    esac
done
for server in $servers; do
    kill "-${server#*:}" "${server%:*}"
    # One that is paused, with what it has started, has to go on in order to end.
    ps -A -o ppid=,pid= | while read -r parent child; do
        [ "$parent" != "${server%:*}" ] || kill -CONT "$child"
    done
    kill -CONT "${server%:*}"
done
# Servers that are not killed end what they have started, and give back what they hold.
tries=200
for server in $servers; do
    while [ "$tries" -gt 0 ]; do
        case $(ps -o state= -p "${server%:*}") in
        '' | Z*) break ;;
        esac
        tries=$((tries - 1))
        sleep 0.05
    done
    kill -KILL "${server%:*}"
done
# A dying server may have been writing when its directory was being removed.
rm -rf -- "$1" || { sleep 1 && rm -rf -- "$1"; }
