"""A SAML provider and an application behind it (pysaml2), each over TLS at a port of its own.

Accounts as in oidc.mjs; "err" is answered with an error instead of an assertion.
"""

import base64
import http.server
import ssl
import sys
import threading
import urllib.parse

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORD
from saml2.client import Saml2Client
from saml2.config import IdPConfig, SPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_TRANSIENT, NameID
from saml2.server import Server

IDP_PORT, SP_PORT, DIR = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
IDP, SP = f"https://idp.test:{IDP_PORT}", f"https://app.test:{SP_PORT}"
KEYS = {"key_file": f"{DIR}/key.pem", "cert_file": f"{DIR}/cert.pem", "xmlsec_binary": "/usr/bin/xmlsec1"}
IDP_CONF = {
    "entityid": f"{IDP}/meta", **KEYS,
    "service": {"idp": {
        "endpoints": {"single_sign_on_service": [(f"{IDP}/sso", BINDING_HTTP_REDIRECT)]},
        "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}},
        "sign_response": True,
    }},
}
SP_CONF = {
    "entityid": f"{SP}/meta", **KEYS,
    "service": {"sp": {
        "endpoints": {"assertion_consumer_service": [(f"{SP}/acs", BINDING_HTTP_POST)]},
        "want_response_signed": False, "want_assertions_signed": False,
    }},
}


def described(kind, conf):
    return str(entity_descriptor(kind().load(conf)))


def loaded(kind, conf, other):
    return kind().load({**conf, "metadata": {"inline": [other]}})


IDP_META, SP_META = described(IdPConfig, IDP_CONF), described(SPConfig, SP_CONF)
server = Server(config=loaded(IdPConfig, IDP_CONF, SP_META))
client = Saml2Client(config=loaded(SPConfig, SP_CONF, IDP_META))
lock = threading.Lock()
requests = {}


def note(line):
    with lock, open(f"{DIR}/posts", "a", encoding="utf-8") as file:
        file.write(line + "\n")


class Pages(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def say(self, body, status=200, headers=()):
        self.send_response(status)
        self.send_header("content-type", "text/html")
        for pair in headers:
            self.send_header(*pair)
        data = body.encode()
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def form(self):
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))


class Application(Pages):
    def do_GET(self):
        _, info = client.prepare_for_authenticate(binding=BINDING_HTTP_REDIRECT)
        self.say("", 302, [("location", dict(info["headers"])["Location"])])

    def do_POST(self):
        note("acs")
        self.say("in")


class Provider(Pages):
    def do_GET(self):
        query = urllib.parse.urlparse(self.path).query
        asked = dict(urllib.parse.parse_qsl(query))
        request = server.parse_authn_request(asked["SAMLRequest"], BINDING_HTTP_REDIRECT).message
        requests[request.id] = request
        if "half=1" in self.headers.get("cookie", ""):
            return self.answer(request, "half")
        self.say(self.login(request.id))

    def do_POST(self):
        form = self.form()
        request, account = requests[form["id"]], form["user"]
        note(f"login {account} {form['password']}")
        if form["password"] != "hush":
            return self.say(self.login(request.id))
        if account in ("one", "err"):
            return self.answer(request, account)
        cookie = [("set-cookie", "half=1; Path=/; Secure")] if account == "half" else []
        self.say('<form method="post" action="/otp"><input name="otp_code"></form>', 200, cookie)

    def login(self, id):
        return f'<form method="post" action="/sso"><input type="hidden" name="id" value="{id}"><input name="user"><input type="password" name="password"></form>'

    def answer(self, request, account):
        args = server.response_args(request)
        if account == "err":
            info = ("urn:oasis:names:tc:SAML:2.0:status:RequestDenied", "no")
            reply = server.create_error_response(request.id, args["destination"], info)
        else:
            reply = server.create_authn_response(
                {"uid": account}, userid=account, name_id=NameID(format=NAMEID_FORMAT_TRANSIENT, text=account),
                authn={"class_ref": PASSWORD, "authn_auth": IDP}, sign_response=True, **args)
        value = base64.b64encode(str(reply).encode()).decode()
        self.say(f'<body onload="document.forms[0].submit()"><form method="post" action="{SP}/acs">'
                 f'<input type="hidden" name="SAMLResponse" value="{value}"></form></body>')


def serve(port, pages):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{DIR}/cert.pem", f"{DIR}/key.pem")
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", port), pages)
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever).start()


serve(SP_PORT, Application)
serve(IDP_PORT, Provider)
note("ready")
