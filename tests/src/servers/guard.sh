# Outlives the test process by a moment: kills the servers that it left and removes its files.
#
# Orders come as lines on the standard input, which ends when the test process does, however it ends.
trap '' HUP INT TERM
servers=' '
while read -r order server; do
    case $order in
    watch) servers="$servers$server " ;;
    forget) servers="${servers%% "$server" *} ${servers#* "$server" }" ;;
    esac
done
for server in $servers; do
    kill -KILL "$server"
done
# A dying server may have been writing when its directory was being removed.
rm -rf -- "$1" || { sleep 1 && rm -rf -- "$1"; }
