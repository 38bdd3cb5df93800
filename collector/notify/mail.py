"""One mail to a mail server (SMTP), and what a failure means for trying again.

In: a mail, where the server is. Out: None. Raises Refused, Unavailable; their texts hold no password.
"""

import smtplib
import ssl
from email.message import EmailMessage

from collector.notify.http_post import TIMEOUT_S, Refused, Unavailable


def send_mail(letter: EmailMessage, smtp: str, security: str, user: str, password: str) -> str:
    """Sends to every address of To; returns a note on addresses that were refused while others were not."""
    host, _, port = smtp.rpartition(":")
    try:
        with _connected(host, int(port), security) as server:
            if user:
                server.login(user, password)
            refused = server.send_message(letter)
    except smtplib.SMTPAuthenticationError:
        raise Refused("the mail server does not accept the user and password") from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise _by_code(min(codes), "no address was accepted") from None
    except smtplib.SMTPNotSupportedError:
        raise Refused("the mail server offers no STARTTLS or no login; see `security`") from None
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code, "the mail server refused") from None
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(f"the mail server's certificate is not trusted: {error.verify_message}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(f"the mail server does not answer: {type(error).__name__}") from None
    return f"not accepted: {', '.join(sorted(refused))}" if refused else ""


def _connected(host: str, port: int, security: str) -> smtplib.SMTP:
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    if security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _by_code(code: int, what: str) -> Refused | Unavailable:
    # 4xx is for now, 5xx for good (RFC 5321, 4.2.1).
    return Unavailable(f"{what} ({code})") if 400 <= code < 500 else Refused(f"{what} ({code})")
