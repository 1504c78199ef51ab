"""A message by e-mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from crmbridge.alert_settings import Mail, Security
from crmbridge.operation.posting import DeliveryFailed


def send_mail(mail: Mail, title: str, text: str, to: Sequence[str]) -> None:
    """Send to all of ``to``, who see each other; raises ``DeliveryFailed`` where the server cannot
    be reached or refuses anybody."""
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = ", ".join(to)
    # A title is one line: what follows a line break would be a header of its own.
    message["Subject"] = " ".join(title.split())
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connect(mail) as server:
            if mail.username is not None and mail.password is not None:
                server.login(mail.username, mail.password.get_secret_value())
            refused = server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryFailed(f"the mail server refuses the login [{error.smtp_code}]") from None
    except smtplib.SMTPResponseException as error:
        raise DeliveryFailed(f"the mail server refuses [{error.smtp_code}]") from None
    except ssl.SSLError:
        raise DeliveryFailed("the mail server's certificate is not trusted") from None
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(f"no mail server ({type(error).__name__})") from None
    if refused:
        raise DeliveryFailed(f"the mail server refuses {len(refused)} of {len(to)} recipients")


def _connect(mail: Mail) -> smtplib.SMTP:
    if mail.security is Security.TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=mail.timeout, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout)
    if mail.security is Security.STARTTLS:
        try:
            # A server that does not offer it is not spoken to in the clear instead.
            server.starttls(context=ssl.create_default_context())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
    return server
