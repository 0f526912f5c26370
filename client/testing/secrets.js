"use strict";

// Secrets of real shapes, made from pieces at run time, so that no scanner of secrets trips over this file.
const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdef`;
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const ALNUM = DIGITS + LOWER + UPPER;
const URL_SAFE = `${ALNUM}_-`;
const BASE64 = `${ALNUM}+/`;

/** Numbers that look like chance and are the same in every run. */
function chance(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function maker(seed) {
  const next = chance(seed);
  const of = (letters) => (length) => Array.from({ length }, () => letters[next(letters.length)]).join("");
  const uuid = () => [8, 4, 4, 4, 12].map(of(HEX)).join("-");
  // A word must not end in a dash, where real ones do not.
  const url = (length) => of(URL_SAFE)(length - 2) + of(ALNUM)(1) + of(DIGITS)(1);
  return { next, of, uuid, url, hex: of(HEX), low: of(DIGITS + LOWER), alnum: of(ALNUM), upper: of(UPPER + DIGITS), base32: of(`${UPPER}234567`), digits: of(DIGITS), base64: of(BASE64) };
}

/** name → a secret of that kind; a list is [what stands around it, the secret itself]. */
const KINDS = {
  "AWS access key": (m) => `AK${"IA"}${m.base32(16)}`,
  "AWS session key": (m) => `AS${"IA"}${m.base32(16)}`,
  "Anthropic key": (m) => `sk-${"ant"}-api03-${m.url(93)}AA`,
  "Anthropic OAuth token": (m) => `sk-${"ant"}-oat01-${m.url(93)}AA`,
  "OpenAI project key": (m) => `sk-${"proj"}-${m.url(74)}T3BlbkFJ${m.url(74)}`,
  "OpenAI key": (m) => `sk-${m.alnum(20)}T3Blbk${"FJ"}${m.alnum(20)}`,
  "DeepSeek key": (m) => `sk-${m.hex(32)}`,
  "OpenRouter key": (m) => `sk-${"or"}-v1-${m.hex(64)}`,
  "GitHub token": (m) => `gh${"p_"}${m.alnum(36)}`,
  "GitHub OAuth token": (m) => `gh${"o_"}${m.alnum(36)}`,
  "GitHub server token": (m) => `gh${"s_"}${m.alnum(36)}`,
  "GitHub refresh token": (m) => `gh${"r_"}${m.alnum(76)}`,
  "GitHub fine-grained token": (m) => `github_${"pat_"}${m.alnum(22)}_${m.alnum(59)}`,
  "GitLab token": (m) => `gl${"pat-"}${m.url(20)}`,
  "GitLab routable token": (m) => `gl${"pat-"}${m.url(27)}.01.${m.low(9)}`,
  "GitLab runner token": (m) => `gl${"rt-"}${m.url(20)}`,
  "GitLab deploy token": (m) => `gl${"dt-"}${m.url(20)}`,
  "Slack bot token": (m) => `xo${"xb-"}${m.digits(12)}-${m.digits(12)}-${m.alnum(24)}`,
  "Slack user token": (m) => `xo${"xp-"}${m.digits(12)}-${m.digits(12)}-${m.digits(12)}-${m.hex(32)}`,
  "Slack app token": (m) => `xa${"pp-"}1-A${m.upper(10)}-${m.digits(13)}-${m.hex(64)}`,
  "Slack webhook": (m) => `hooks.slack${".com/services/"}T${m.upper(10)}/B${m.upper(10)}/${m.alnum(24)}`,
  "Discord token": (m) => `M${"T"}${m.alnum(24)}.G${m.alnum(5)}.${m.alnum(38)}`,
  "Discord webhook": (m) => `discord${".com/api/webhooks/"}${m.digits(19)}/${m.url(68)}`,
  "Telegram token": (m) => `${m.digits(10)}:A${"A"}${m.url(33)}`,
  "Stripe live key": (m) => `sk_${"live_"}${m.alnum(24)}`,
  "Stripe test key": (m) => `sk_${"test_"}${m.alnum(99)}`,
  "Stripe restricted key": (m) => `rk_${"live_"}${m.alnum(24)}`,
  "Stripe webhook secret": (m) => `wh${"sec_"}${m.alnum(32)}`,
  "Square token": (m) => `sq0${"atp-"}${m.url(22)}`,
  "Shopify token": (m) => `shp${"at_"}${m.hex(32)}`,
  "Twilio key": (m) => `S${"K"}${m.hex(32)}`,
  "SendGrid key": (m) => `S${"G."}${m.url(22)}.${m.url(43)}`,
  "Mailgun key": (m) => `ke${"y-"}${m.hex(32)}`,
  "Mailgun key, new form": (m) => `${m.hex(32)}-${m.hex(8)}-${m.hex(8)}`,
  "Mailchimp key": (m) => `${m.hex(32)}-u${"s"}21`,
  "Sendinblue key": (m) => `xkey${"sib-"}${m.hex(64)}-${m.alnum(16)}`,
  "Postman key": (m) => `PM${"AK-"}${m.hex(24)}-${m.hex(34)}`,
  "Google API key": (m) => `AI${"za"}${m.url(35)}`,
  "Google OAuth secret": (m) => `GOC${"SPX-"}${m.url(28)}`,
  "Google access token": (m) => `ya${"29."}${m.url(120)}`,
  "npm token": (m) => `np${"m_"}${m.alnum(36)}`,
  "PyPI token": (m) => `py${"pi-"}AgEIcHlwaS5vcmc${m.url(120)}`,
  "RubyGems key": (m) => `ruby${"gems_"}${m.hex(48)}`,
  "crates.io token": (m) => `ci${"o"}${m.alnum(32)}`,
  "NuGet key": (m) => `oy${"2"}${m.low(43)}`,
  "Docker Hub token": (m) => `dckr_${"pat_"}${m.url(27)}`,
  "Vault token": (m) => `hv${"s."}${m.url(90)}`,
  "Terraform token": (m) => `${m.alnum(14)}.atlas${"v1."}${m.url(67)}`,
  "DigitalOcean token": (m) => `dop_${"v1_"}${m.hex(64)}`,
  "Doppler token": (m) => `dp.${"pt."}${m.alnum(43)}`,
  "Linear key": (m) => `lin_${"api_"}${m.alnum(40)}`,
  "Notion token": (m) => `nt${"n_"}${m.digits(11)}${m.alnum(35)}`,
  "Figma token": (m) => `fi${"gd_"}${m.url(40)}`,
  "Airtable token": (m) => `pa${"t"}${m.alnum(14)}.${m.hex(64)}`,
  "Atlassian token": (m) => `ATA${"TT3"}xFfGF0${m.url(150)}=${m.upper(8)}`,
  "Databricks token": (m) => `da${"pi"}${m.hex(32)}`,
  "New Relic key": (m) => `NR${"AK-"}${m.upper(27)}`,
  "Grafana token": (m) => `gl${"sa_"}${m.alnum(32)}_${m.hex(8)}`,
  "Grafana cloud token": (m) => `gl${"c_"}${m.base64(80)}`,
  "Sentry user token": (m) => `sntry${"u_"}${m.hex(64)}`,
  "Heroku key": (m) => `HRKU-${"AA"}${m.url(58)}`,
  "Fly token": (m) => `fo${"1_"}${m.url(43)}`,
  "Netlify token": (m) => `nf${"p_"}${m.alnum(36)}`,
  "Supabase key": (m) => `sb${"p_"}${m.hex(40)}`,
  "PlanetScale password": (m) => `pscale_${"pw_"}${m.url(43)}`,
  "Cloudflare origin key": (m) => `v1.${"0-"}${m.hex(24)}-${m.hex(146)}`,
  "Hugging Face token": (m) => `h${"f_"}${m.of(LOWER + UPPER)(34)}`,
  "Replicate token": (m) => `r${"8_"}${m.alnum(37)}`,
  "Groq key": (m) => `gs${"k_"}${m.alnum(52)}`,
  "Perplexity key": (m) => `ppl${"x-"}${m.alnum(48)}`,
  "xAI key": (m) => `xa${"i-"}${m.alnum(80)}`,
  "LangSmith key": (m) => `lsv2_${"pt_"}${m.hex(32)}_${m.hex(10)}`,
  "Dynatrace token": (m) => `dt0${"c01."}${m.upper(24)}.${m.upper(64)}`,
  "EasyPost key": (m) => `EZ${"AK"}${m.alnum(54)}`,
  "Pulumi token": (m) => `pu${"l-"}${m.hex(40)}`,
  "Prefect key": (m) => `pn${"u_"}${m.alnum(36)}`,
  "Buildkite token": (m) => `bk${"ua_"}${m.hex(40)}`,
  "OpenShift token": (m) => `sha256${"~"}${m.url(43)}`,
  "Tailscale key": (m) => `tskey-${"auth-"}${m.alnum(17)}-${m.alnum(32)}`,
  "Age key": (m) => `AGE-SECRET-${"KEY-1"}${m.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")(58)}`,
  "1Password secret key": (m) => `A${"3"}-${m.upper(6)}-${m.upper(11)}-${m.upper(5)}-${m.upper(5)}-${m.upper(5)}`,
  "Azure client secret": (m) => `${m.alnum(3)}8${"Q~"}${m.alnum(34)}`,
  "Alibaba key": (m) => `LT${"AI"}5t${m.alnum(18)}`,
  "Plaid token": (m) => `access-${"production-"}${m.uuid()}`,
  "MaxMind key": (m) => `${m.alnum(6)}_${m.alnum(29)}_m${"mk"}`,
  "Memfog token": (m) => `mf${"g_"}${m.alnum(43)}`,
  "JWT": (m) => `ey${"J"}${m.alnum(33)}.ey${"J"}${m.url(90)}.${m.url(43)}`,
};

const body = (m, lines) => Array.from({ length: lines }, () => m.base64(64)).join("\n");
const block = (label, m) => `-----BE${"GIN "}${label}-----\n${body(m, 6)}\n${m.base64(22)}==\n-----E${"ND "}${label}-----`;

/** name → {text, secret}: the secret is told by what stands around it. */
const PLACED = {
  "an RSA key": (m) => whole(block(`RSA ${"PRIVATE"} KEY`, m)),
  "a PKCS8 key": (m) => whole(block(`${"PRIVATE"} KEY`, m)),
  "an EC key": (m) => whole(block(`EC ${"PRIVATE"} KEY`, m)),
  "an OpenSSH key": (m) => whole(block(`OPENSSH ${"PRIVATE"} KEY`, m)),
  "an encrypted key": (m) => whole(block(`ENCRYPTED ${"PRIVATE"} KEY`, m)),
  "a PGP key": (m) => whole(block(`PGP ${"PRIVATE"} KEY BLOCK`, m)),
  "a key without its end": (m) => whole(block(`RSA ${"PRIVATE"} KEY`, m).split("\n").slice(0, 5).join("\n")),
  "a key with line numbers": (m) => whole(block(`RSA ${"PRIVATE"} KEY`, m).split("\n").map((line, index) => `${String(index + 1).padStart(6)}\t${line}`).join("\n")),
  "an AWS secret key": (m) => named(`aws_${"secret"}_access_key = `, m.base64(40)),
  "a password in an environment file": (m) => named(`DB_${"PASS"}WORD=`, `${m.alnum(9)}!7`),
  "a password of letters there": () => named(`PG${"PASS"}WORD=`, "swordfish"),
  "a weak password there": () => named(`DB_${"PASS"}WORD=`, "password123"),
  "a secret of letters there": () => named(`JWT_SEC${"RET"}=`, "keyboardcat"),
  "the auth of a registry": (m) => named(`"auth${"s"}": {"hub.example": {"au${"th"}": "`, Buffer.from(`alice:${m.alnum(9)}`).toString("base64"), '"}}'),
  "a literal of kubectl": (m) => named(`kubectl create secret generic x --from-literal=${"pass"}word=`, `${m.alnum(7)}1`, " -n y"),
  "a password in Python": (m) => named(`${"pass"}word = '`, `${m.alnum(8)}$1`, "'"),
  "a password in JSON": (m) => named(`{"${"pass"}word": "`, `${m.alnum(6)} 1!`, '"}'),
  "a password in YAML": (m) => named(`db:\n  ${"pass"}word: `, `${m.alnum(8)}9`, "\n  port: 1"),
  "a password in XML": (m) => named(`<${"pass"}word>`, `${m.alnum(8)}9`, `</${"pass"}word>`),
  "a passphrase option": (m) => named(`tool --${"pass"}phrase `, `${m.alnum(8)}9`, " run"),
  "a client secret": (m) => named(`client_${"sec"}ret: "`, m.alnum(32), '"'),
  "a Django key": (m) => named(`SECRET${"_KEY"} = "django-insecure-`, `${m.low(40)}#%`, '"'),
  "a key of Heroku by its name": (m) => named(`HEROKU_API${"_KEY"}=`, m.uuid()),
  "a key of Datadog by its name": (m) => named(`"datadog_api${"_key"}": "`, m.hex(32), '"'),
  "an npm registry's auth": (m) => named(`//registry.example/:_auth${"Token"}=`, m.uuid()),
  "a bearer header": (m) => named(`curl -H "Authorization: Bea${"rer "}`, m.url(40), '" https://x.example'),
  "a basic header": (m) => named(`Authorization: Ba${"sic "}`, `${m.base64(30)}==`),
  "a header with a key": (m) => named(`X-Api${"-Key"}: `, m.alnum(32)),
  "a cookie": (m) => named(`Cook${"ie"}: `, `sessionid=${m.low(32)}`),
  "a URL of PostgreSQL": (m) => named("postgres://alice:", m.alnum(12), "@db.example:5432/app"),
  "a URL of MongoDB": (m) => named("mongodb+srv://alice:", `${m.alnum(8)}%40`, "@cluster0.example.net/?retryWrites=true"),
  "a URL of Redis": (m) => named("redis://:", m.alnum(20), "@127.0.0.1:6379/0"),
  "a URL with an at sign in its password": (m) => named("amqp://bob:", `${m.alnum(6)}@${m.alnum(3)}`, "@mq.example/v"),
  "a token in a git remote": (m) => named("https://", `${m.alnum(40)}`, "@dev.azure.com/o/p"),
  "a connection string": (m) => named(`Server=tcp:db;User ID=sa;${"Pass"}word=`, `${m.alnum(10)}!`, ";Encrypt=true"),
  "an Azure account key": (m) => named(`AccountName=x;Account${"Key"}=`, `${m.base64(86)}==`, ";EndpointSuffix=core"),
  "a SAS signature": (m) => named("https://x.blob.example/c?sv=2024&si", `g=${m.alnum(40)}%3D`),
  "curl's user": (m) => named("curl -sS -u alice:", `${m.alnum(9)}`, " https://x.example"),
  "sshpass": (m) => named("sshpass -p ", m.alnum(9), " ssh host"),
  "a line of netrc": (m) => named(`machine api.example login alice ${"pass"}word `, m.alnum(12)),
  "SQL that makes a user": (m) => named(`CREATE USER x IDENTIFIED ${"BY"} '`, m.alnum(12), "'"),
  "a Kubernetes variable": (m) => named(`- name: DB_${"PASS"}WORD\n  value: "`, `${m.alnum(8)}1`, '"'),
  "a mnemonic": () => named(`mnem${"onic"} = "`, "legal winner thank year wave sausage worth useful legal winner thank yellow", '"'),
};

const whole = (text) => ({ text, secret: text.split("\n")[2].trim().split("\t").at(-1), all: text.split("\n").map((line) => line.split("\t").at(-1)).filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line)) });
const named = (before, secret, after = "") => ({ text: before + secret + after, secret, all: [secret] });

module.exports = { KINDS, PLACED, maker };
