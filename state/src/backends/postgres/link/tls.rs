//! What goes wrong with TLS, and what to do about it.

use std::error::Error;
use std::io;

use rustls::CertificateError as Wrong;

/// What an I/O error says that TLS made; `None` where it is not of TLS.
pub(super) fn refusal(error: &io::Error) -> Option<String> {
    let tls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match tls {
        rustls::Error::AlertReceived(alert) => format!(
            "the server refused our certificate or our TLS ({alert:?}): check `ssl_cert` and `ssl_key`"
        ),
        error => format!(
            "the server's certificate or its TLS is refused ({error}): {}",
            remedy(error)
        ),
    })
}

/// What the driver says where TLS cannot begin.
pub(super) fn mistake(error: &(dyn Error + 'static)) -> String {
    let text = with_sources(error);
    if text == "server does not support TLS" {
        return "the server does not speak TLS, which `ssl_mode` demands: turn it on there (`ssl = on`)".to_owned();
    }
    format!("no secure connection ({text}): check `ssl_root_cert`, `ssl_cert` and `ssl_key`")
}

fn remedy(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(wrong) = error else {
        return "check the TLS of the server";
    };
    match wrong {
        Wrong::UnknownIssuer | Wrong::BadSignature => {
            "give the authority that signed the certificate as `ssl_root_cert`"
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "reach the server by a name that the certificate holds, or set `ssl_mode` to `verify-ca`"
        }
        Wrong::Expired
        | Wrong::ExpiredContext { .. }
        | Wrong::NotValidYet
        | Wrong::NotValidYetContext { .. } => "renew the certificate, or set the clock right",
        _ => "check the certificate",
    }
}

fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
