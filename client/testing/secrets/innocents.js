"use strict";
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "..", "..", "..");
const PLACES = [
  "client/lib",
  "client/bin",
  "accounts",
  "events",
  "dashboard",
  "memfog",
  "templates",
  "static/js",
  "README.md",
  "docs",
];
const TEXT = /\.(?:js|mjs|py|html|md|json)$/;

/** Code that mentions secrets but holds none. */
const CODE = `
password = get_password()|password: str = Field(..., min_length=8)
def login(self, username: str, password: str) -> Token:
const { password } = req.body;|if (!password) throw new Error("password is required");|user.password = hash(password)
token = tokens[index]|token := next()|let token = lexer.nextToken();|const token = process.env.GITHUB_TOKEN;
token: string | null;
api_key = os.environ["API_KEY"]|apiKey: process.env.API_KEY,|api_key=settings.api_key|"api_key": "YOUR_API_KEY"
export API_KEY=<your key>
password=\${DB_PASSWORD}|password: {{ .Values.password }}|PASSWORD=$(cat /run/secrets/db)
--password-file /run/secrets/db|password: "\${PASSWORD}"
<input type="password" name="password" placeholder="Password">|label: "Password"|placeholder="Enter your password"
"password": "string"
secretName: my-tls-secret|secretKeyRef: name|valueFrom: secretKeyRef|kind: Secret|kubectl get secret my-secret -o yaml
csrf_token = request.META["CSRF_COOKIE"]|tokenizer = Tokenizer(vocab)|max_tokens: 4096|"max_tokens": 1024,
input_tokens=1532, output_tokens=88
next_token = None|access_token: Optional[str] = None|refreshToken?: string;|setToken(null)|token_type: "bearer"
scope: "token"
if token.type == "STRING":|token.value = token.value[1:-1]|return token.startswith("mfg_")|assert token == expected
Authorization: Bearer <token>|Authorization: Bearer $TOKEN|headers["Authorization"] = f"Bearer {token}"
"Authorization": "Bearer " + token
cookie: { secure: true, httpOnly: true }|document.cookie = "theme=dark; path=/"|Set-Cookie: theme=dark
const cookie = parse(header)
https://github.com/owner/name.git|git@github.com:owner/name.git|http://localhost:8000/path|ssh://git@host:22/x
https://example.com:8443/@user
postgres://localhost/app|redis://127.0.0.1:6379/0|postgresql://postgres@127.0.0.1/postgres
mysql://user:\${PASS}@host/db|https://user:<password>@host
class PasswordField(forms.CharField):|from django.contrib.auth.hashers import make_password
PASSWORD_HASHERS = ["argon2"]|AUTH_PASSWORD_VALIDATORS = []
sk-circle-fade-dot|class="sk-folding-cube sk-cube-parent-element"|.sk-chase-dot-before-animation
task-force-one-two-three|disk-usage-report-for-today-1
key: "users-list"|key = lambda row: row.id|primary_key=True|foreign_key: "author_id"|public_key = load(path)|KEY_ID=3
sort_keys=True|keyCode === 13
// the password is hashed with Argon2id|# tokens: see RFC 6750|/* secret: none here */|TODO: rotate the secret
What is a secret?|token -> type
-----BEGIN CERTIFICATE-----|-----BEGIN PUBLIC KEY-----|BEGIN = "-----BEGIN PRIVATE KEY-----"
assert pem.startswith("-----BEGIN RSA PRIVATE KEY-----")
compass: "north"|bypass = true|passive: false|passenger="Alice"|pass|passed: 12, failed: 0|PASS src/app.test.js
assert passes == 3|encompass: 1
ghp_|AKIA|sk-ant-|xoxb-|-----|eyJ|Bearer|Basic|password|curl -u "$USER:$PASS" https://x.example
docker run -u 1000:1000 image|mysql -u root -p
signature: "def f(x)"|sig = inspect.signature(f)|credentials: "include"|creds = load()|auth = HTTPBasicAuth(user, pw)
oauth2: { clientId }
`
  .trim()
  .split(/[|\n]/);

/** Generated values that are no secrets: hashes, ids, encoded data, names. */
const MADE = [
  (m) => m.hex(40),
  (m) => m.hex(64),
  (m) => m.hex(32),
  (m) => m.hex(7),
  (m) => m.uuid(),
  (m) => `commit ${m.hex(40)}`,
  (m) => `sha256:${m.hex(64)}`,
  (m) => `"integrity": "sha512-${m.base64(86)}=="`,
  (m) => `index ${m.hex(7)}..${m.hex(7)} 100644`,
  (m) => `toolu_01${m.alnum(22)}`,
  (m) => `msg_01${m.alnum(22)}`,
  (m) => `req_${m.alnum(24)}`,
  (m) => m.base64(200),
  (m) => `data:image/png;base64,${m.base64(400)}`,
  (m) => `  "session_id": "${m.uuid()}",`,
  (m) => `{"id":"${m.uuid()}","ts":"2026-11-21T09:30:00Z"}`,
  (m) => `ETag: "${m.hex(32)}"`,
  (m) => `/app/main.${m.hex(8)}.js`,
  (m) => `https://cdn.example/${m.hex(40)}/a.min.js`,
  (m) => `arn:aws:iam::${m.digits(12)}:role/deploy-${m.low(6)}`,
  (m) => `version: ${m.digits(1)}.${m.digits(2)}.${m.digits(1)}-beta.${m.digits(1)}`,
  (m) => `0x${m.hex(40)}`,
  (m) => `${m.digits(10)}:${m.digits(3)}`,
  (m) => `user_${m.digits(6)}@example.org`,
  (m) => `h1:${m.base64(43)}=`,
  (m) => `key_${m.low(12)} = ${m.digits(4)}`,
  (m) => `$2b$12$${m.alnum(53)}`,
  (m) => `${m.hex(12)} ${m.low(8)} Up ${m.digits(1)} hours`,
  (m) => `id: ${m.digits(18)}`,
  (m) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${m.base64(43)} alice@laptop`,
  (m) => `SHA256:${m.base64(43)}`,
  (m) => `var e${m.digits(1)}=function(t,n){return t.${m.low(3)}(n)}`,
];

/** More than a thousand texts without secrets. */
const innocents = (m) => [...CODE, ...Array.from({ length: 30 }, () => MADE.map((make) => make(m))).flat()];

/** Redacts the files of this project. Returns the number of lines, and the lines that were changed. */
function own(redact) {
  const files = PLACES.map((place) => path.join(ROOT, place))
    .filter((place) => fs.existsSync(place))
    .flatMap(filesIn);
  const touched = [];
  let lines = 0;
  for (const file of files) {
    const text = fs.readFileSync(file, "utf8");
    lines += text.split("\n").length;
    const cleaned = redact(text).text.split("\n");
    touched.push(
      ...cleaned
        .filter((line) => line.includes("[redacted:") && !text.includes(line))
        .map((line) => `${file}: ${line}`),
    );
  }
  return { lines, touched };
}

function filesIn(place) {
  if (fs.statSync(place).isFile()) return [place];
  return fs
    .readdirSync(place, { recursive: true })
    .map((name) => path.join(place, name))
    .filter((file) => TEXT.test(file) && fs.statSync(file).isFile());
}

module.exports = { innocents, own };
