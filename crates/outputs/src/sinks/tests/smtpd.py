"""A mail server for tests: smtpd.py PORT FILE [starttls|tls CERTIFICATE KEY]. Each mail becomes a line of JSON, as Python's reader of mails
understands it. The user is u, the password p; it knows nobody whose name begins with "nobody"."""

import email
import email.policy
import json
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, path = int(sys.argv[1]), sys.argv[2]


class Mails:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        names = ("subject", "from", "to", "bcc", "message-id", "auto-submitted")
        line = {name: None if mail[name] is None else str(mail[name]) for name in names}
        line["recipients"] = envelope.rcpt_tos
        for kind, name in (("plain", "text"), ("html", "html")):
            part = mail.get_body((kind,))
            line[name] = None if part is None else part.get_content()
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"u" and data.password == b"p", handled=False)


options = {"authenticator": login, "auth_required": True, "auth_require_tls": False}
if len(sys.argv) > 3:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    options["tls_context" if sys.argv[3] == "starttls" else "ssl_context"] = context
controller = Controller(Mails(), hostname="127.0.0.1", port=port, **options)
controller.start()
while True:
    time.sleep(60)
