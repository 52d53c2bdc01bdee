// An OpenID Connect provider (oidc-provider, certified) over TLS, and an interface that takes JSON.
// Accounts, all with the password "hush": "one" has no second factor; "two" is asked for a code;
// "half" is asked, too, but its session is open before; "enrol" is asked to enrol; "any" is asked
// whatever its password. Every password that arrives is written to the log.
import { readFileSync, appendFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const [, , port, dir, mode] = process.argv;
const issuer = `https://sso.test:${port}`;
const provider = new Provider(issuer, {
  clients: [
    { client_id: 'public', token_endpoint_auth_method: 'none' },
    { client_id: 'kept', client_secret: 'hush-client' },
  ].map((client) => ({
    redirect_uris: ['https://capdo.invalid/cb'],
    grant_types: mode === 'grant' ? ['authorization_code', 'password'] : ['authorization_code'],
    response_types: ['code'],
    ...client,
  })),
  pkce: { required: () => true },
  claims: { openid: ['sub', 'amr', 'acr'] },
  cookies: { keys: ['a test'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});
provider.on('server_error', (_, error) => console.error(error));
if (mode === 'grant') {
  provider.registerGrantType('password', (ctx, next) => {
    const { username, password } = ctx.oidc.params;
    note(`grant ${username} ${password}`);
    if (password !== 'hush') ctx.throw(400, 'invalid_grant');
    ctx.body = { access_token: 'a-token', token_type: 'Bearer' };
    return next();
  }, ['username', 'password']);
}

const note = (line) => appendFileSync(`${dir}/posts`, `${line}\n`);
const second = new Map(); // interaction -> account
const read = async (req) => {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text;
};
const html = (res, body) => {
  res.setHeader('content-type', 'text/html');
  res.end(body);
};
const login = (action) => `<form method="post" action="${action}"><input name="login"><input type="password" name="password"><button>In</button></form>`;
const finish = (req, res, accountId) => provider.interactionFinished(req, res, {
  login: { accountId, amr: ['pwd'], acr: 'one-factor' },
}, { mergeWithLastSubmission: false });

async function interaction(req, res) {
  const { uid, prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  const here = `/interaction/${uid}`;
  if (prompt.name === 'consent') {
    if (req.method !== 'POST') {
      return html(res, `<form method="post" action="${here}"><button name="cancel" type="button">No</button><button name="ok">Yes</button></form>`);
    }
    const grant = grantId ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope('openid');
    return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  }
  if (req.method !== 'POST') {
    const half = /(^|; )half=1/.test(req.headers.cookie ?? '');
    if (half) return finish(req, res, 'half');
    return html(res, login(mode === 'elsewhere' ? 'https://other.test/in' : here));
  }
  const form = new URLSearchParams(await read(req));
  const account = form.get('login');
  note(`login ${account} ${form.get('password')}`);
  if (form.get('password') !== 'hush') return html(res, `<p>wrong</p>${login(here)}`);
  if (account === 'one') return finish(req, res, account);
  if (account === 'half') res.setHeader('set-cookie', 'half=1; Path=/; Secure; HttpOnly');
  if (account === 'enrol') {
    res.statusCode = 303;
    res.setHeader('location', `/setup-otp`);
    return res.end();
  }
  second.set(uid, account);
  return html(res, `<form method="post" action="${here}/otp"><input name="otp" autocomplete="one-time-code"><button>In</button></form>`);
}

async function api(req, res) {
  const answer = (status, body) => {
    res.statusCode = status;
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(body));
  };
  if (req.url === '/api/login') {
    const { user, pass } = JSON.parse(await read(req));
    note(`api ${user} ${pass}`);
    if (user === 'any') return answer(200, { mfa: { required: true } });
    if (pass !== 'hush') return answer(401, { error: 'wrong', mfa: { required: false } });
    const token = { one: 'full', half: 'full', two: 'part' }[user];
    return answer(200, { data: { token }, mfa: { required: user !== 'one' } });
  }
  if (req.url === '/api/open') return answer(200, {});
  // Forbidden to whoever has not logged in, and to everybody else for want of rights.
  if (req.url === '/api/boss') return answer(403, {});
  return req.headers.authorization === 'Bearer full' ? answer(200, { me: 1 }) : answer(401, {});
}

const callback = provider.callback();
createServer({ key: readFileSync(`${dir}/key.pem`), cert: readFileSync(`${dir}/cert.pem`) }, async (req, res) => {
  try {
    if (req.url.startsWith('/interaction/')) await interaction(req, res);
    else if (req.url.startsWith('/api/')) await api(req, res);
    else if (req.url === '/setup-otp') html(res, '<form method="post"><input name="otp"></form>');
    else callback(req, res);
  } catch (error) {
    console.error(error);
    res.statusCode = 500;
    res.end();
  }
}).listen(port, '127.0.0.1', () => note('ready'));
