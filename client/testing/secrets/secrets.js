"use strict";

// Secrets of real forms, built from pieces at run time, so that no scanner of secrets finds one in this file.
const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdef`;
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const ALNUM = DIGITS + LOWER + UPPER;
const URL_SAFE = `${ALNUM}_-`;
const BASE64 = `${ALNUM}+/`;

/** Pseudo-random numbers that are the same in every run. */
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
  // Real tokens do not end in a dash.
  const url = (length) => of(URL_SAFE)(length - 2) + of(ALNUM)(1) + of(DIGITS)(1);
  return {
    next,
    of,
    uuid,
    url,
    hex: of(HEX),
    low: of(DIGITS + LOWER),
    alnum: of(ALNUM),
    upper: of(UPPER + DIGITS),
    base32: of(`${UPPER}234567`),
    digits: of(DIGITS),
    base64: of(BASE64),
  };
}

/** name → a secret of that kind */
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
  "Resend key": (m) => `re${"_"}${m.alnum(8)}_${m.alnum(24)}`,
  "Pinecone key": (m) => `pcs${"k_"}${m.alnum(6)}_${m.alnum(60)}`,
  "Dropbox token": (m) => `sl.${"u."}AF${m.url(140)}`,
  "Dropbox token, old form": (m) => `sl${"."}${m.url(136)}`,
  "ElevenLabs key": (m) => `sk${"_"}${m.hex(48)}`,
  "Fireworks key": (m) => `f${"w_"}${m.alnum(24)}`,
  "Cerebras key": (m) => `cs${"k-"}${m.low(48)}`,
  "Jina key": (m) => `jin${"a_"}${m.alnum(60)}`,
  "LlamaCloud key": (m) => `ll${"x-"}${m.alnum(48)}`,
  "Voyage key": (m) => `p${"a-"}${m.url(43)}`,
  "Langfuse key": (m) => `sk-${"lf-"}${m.uuid()}`,
  "Deno token": (m) => `dd${"p_"}${m.alnum(36)}`,
  "JSR token": (m) => `jsr${"p_"}${m.alnum(36)}`,
  "HubSpot token": (m) => `pat-${"na1-"}${m.uuid()}`,
  "Salesforce session": (m) => `00D${m.alnum(12)}!A${"QE"}${m.alnum(90)}`,
  "ClickUp token": (m) => `p${"k_"}${m.digits(8)}_${m.upper(32)}`,
  "Baidu key": (m) => `bce-v3/${"ALTAK-"}${m.alnum(21)}/${m.hex(40)}`,
  "Atlas secret": (m) => `mdb_${"sa_sk_"}${m.url(40)}`,
  "Neon password": (m) => `np${"g_"}${m.alnum(12)}1`,
  "Aiven password": (m) => `AVN${"S_"}${m.alnum(19)}`,
  "Vercel integration token": (m) => `vc${"i_"}${m.alnum(24)}`,
  "Vercel key": (m) => `vc${"k_"}${m.alnum(56)}`,
  "Honeycomb key": (m) => `hcai${"k_"}${m.low(58)}`,
  "Trello token": (m) => `ATT${"A"}${m.hex(64)}`,
  "Braintree token": (m) => `access_token${"$sandbox$"}${m.low(16)}$${m.hex(32)}`,
  "Firebase messaging key": (m) => `AAAA${m.url(7)}:APA9${"1b"}${m.url(134)}`,
  "Cal.com key": (m) => `cal_${"live_"}${m.hex(32)}`,
  "Inngest key": (m) => `sign${"key-prod-"}${m.hex(64)}`,
  "Infisical token": (m) => `st.${m.hex(24)}.${m.hex(32)}.${m.hex(32)}`,
  "Twitch token": (m) => `oau${"th:"}${m.low(30)}`,
  "Nylas key": (m) => `nyk_${"v0_"}${m.alnum(48)}`,
  "Liveblocks key": (m) => `sk_${"dev_"}${m.url(64)}`,
  "LaunchDarkly key": (m) => `sd${"k-"}${m.uuid()}`,
  "Yandex token": (m) => `y0${"_"}Ag${m.url(54)}`,
  "Mandrill key": (m) => `md${"-"}${m.url(22)}`,
  "Bitcoin extended key": (m) => `xpr${"v"}${m.alnum(107)}`,
  "Nostr key": (m) => `nsec${"1"}${m.low(58)}`,
  "MongoDB Atlas JWT in parts": (m) => `ey${"J"}${m.alnum(20)}.ey${"J"}${m.url(60)}.${m.url(342)}`,
  "Discord webhook of a version": (m) => `discord${".com/api/v10/webhooks/"}${m.digits(18)}/${m.url(68)}`,
  "Teams webhook": (m) => teamsWebhook(m),
  "Teams webhook, new form": (m) => `${teamsWebhook(m)}/V2${m.alnum(40)}1`,
  "Slack trigger": (m) => `hooks.slack${".com/triggers/"}T${m.upper(10)}/${m.digits(13)}/${m.hex(32)}`,
  "Zapier webhook": (m) => `hooks.zapier${".com/hooks/catch/"}${m.digits(8)}/${m.low(7)}`,
  "Lark webhook": (m) => `open.larksuite${".com/open-apis/bot/v2/hook/"}${m.uuid()}`,
  "IFTTT webhook": (m) => `maker.ifttt${".com/trigger/door/with/key/"}${m.url(43)}`,
  "JWT": (m) => `ey${"J"}${m.alnum(33)}.ey${"J"}${m.url(90)}.${m.url(43)}`,
};

const body = (m, lines) => Array.from({ length: lines }, () => m.base64(64)).join("\n");
const block = (label, m) =>
  `-----BE${"GIN "}${label}-----\n${body(m, 6)}\n${m.base64(22)}==\n-----E${"ND "}${label}-----`;

/** name → {text, secret}: only the text around the secret shows that it is one. */
const PLACED = {
  "an RSA key": (m) => whole(block(`RSA ${"PRIVATE"} KEY`, m)),
  "a PKCS8 key": (m) => whole(block(`${"PRIVATE"} KEY`, m)),
  "an EC key": (m) => whole(block(`EC ${"PRIVATE"} KEY`, m)),
  "an OpenSSH key": (m) => whole(block(`OPENSSH ${"PRIVATE"} KEY`, m)),
  "an encrypted key": (m) => whole(block(`ENCRYPTED ${"PRIVATE"} KEY`, m)),
  "a PGP key": (m) => whole(block(`PGP ${"PRIVATE"} KEY BLOCK`, m)),
  "a key without its end": (m) => whole(block(`RSA ${"PRIVATE"} KEY`, m).split("\n").slice(0, 5).join("\n")),
  "a key with line numbers": (m) =>
    whole(
      block(`RSA ${"PRIVATE"} KEY`, m)
        .split("\n")
        .map((line, index) => `${String(index + 1).padStart(6)}\t${line}`)
        .join("\n"),
    ),
  "an AWS secret key": (m) => named(`aws_${"secret"}_access_key = `, m.base64(40)),
  "a password in an environment file": (m) => named(`DB_${"PASS"}WORD=`, `${m.alnum(9)}!7`),
  "a password of letters there": () => named(`PG${"PASS"}WORD=`, "swordfish"),
  "a weak password there": () => named(`DB_${"PASS"}WORD=`, "password123"),
  "a secret of letters there": () => named(`JWT_SEC${"RET"}=`, "keyboardcat"),
  "the auth of a registry": (m) =>
    named(
      `"auth${"s"}": {"hub.example": {"au${"th"}": "`,
      Buffer.from(`alice:${m.alnum(9)}`).toString("base64"),
      '"}}',
    ),
  "a literal of kubectl": (m) =>
    named(`kubectl create secret generic x --from-literal=${"pass"}word=`, `${m.alnum(7)}1`, " -n y"),
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
  "a URL of MongoDB": (m) =>
    named("mongodb+srv://alice:", `${m.alnum(8)}%40`, "@cluster0.example.net/?retryWrites=true"),
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
  "a Telegram bot's address": (m) =>
    named("https://api.telegram.org/bot", `${m.digits(9)}:A${"A"}${m.url(33)}`, "/getMe"),
  "a key of a kubeconfig": (m) => named("    client-key-data: ", encoded(block(`${"PRIVATE"} KEY`, m))),
  "the head of a key of a kubeconfig": (m) =>
    named("client-key-data: ", encoded(block(`RSA ${"PRIVATE"} KEY`, m)).slice(0, 96)),
  "a key in a Secret of Kubernetes": (m) =>
    named("data:\n  tls.key: ", encoded(block(`EC ${"PRIVATE"} KEY`, m)), "\ntype: x"),
  "docker login": (m) => named("docker login -u ci -p ", `${m.alnum(9)}Lp9tR`, " images.example"),
  "podman login": (m) => named("podman login --username=ci -p=", `${m.alnum(9)}Lp9tR`, " images.example"),
  "mysql": (m) => named("mysql -u root -p", `${m.alnum(9)}Lp9tR`, " shop"),
  "mysqldump, quoted": (m) => named("mysqldump -h db -u root -p'", `${m.alnum(6)} &9$tR`, "' shop"),
  "mysql in a Dockerfile": (m) => named('CMD ["mysqladmin", "-uroot", "-p', `${m.alnum(9)}Lp9tR`, '", "ping"]'),
  "redis-cli": (m) => named("redis-cli -h r -a ", `${m.alnum(9)}Lp9tR`, " ping"),
  "htpasswd": (m) => named("htpasswd -b users app ", `${m.alnum(9)}Lp9tR`),
  "htpasswd, flags together": (m) => named("htpasswd -nbB app ", `${m.alnum(9)}Lp9tR`),
  "zip": (m) => named("zip -P ", `${m.alnum(9)}Lp9tR`, " out.zip a"),
  "7z": (m) => named("7z a -p", `${m.alnum(9)}Lp9tR`, " out.7z a"),
  "az login": (m) => named("az login --service-principal -u U -p ", m.alnum(19), " --tenant t"),
  "rabbitmqctl": (m) => named("rabbitmqctl add_user app ", `${m.alnum(9)}Lp9tR`),
  "rabbitmqctl changing": (m) => named("sudo rabbitmqctl -n rabbit@h change_password app '", `${m.alnum(9)}Lp9tR`, "'"),
  "mongosh": (m) => named("mongosh --host h -u app -p ", `${m.alnum(9)}Lp9tR`, " admin"),
  "mongodump": (m) => named("mongodump -u app -p", `${m.alnum(9)}Lp9tR`, " --db shop"),
  "ldapsearch": (m) => named("ldapsearch -x -D cn=admin,dc=x -w ", `${m.alnum(9)}Lp9tR`, " -b dc=x"),
  "smbclient": (m) => named("smbclient //nas/share -U app%", `${m.alnum(9)}Lp9tR`, " -c ls"),
  "openssl": (m) => named("openssl rsa -in k.pem -passin pass:", `${m.alnum(9)}Lp9tR`, " -out o.pem"),
  "openssl enc": (m) => named("openssl enc -aes-256-cbc -k ", `${m.alnum(9)}Lp9tR`, " -in a"),
  "sshpass, together": (m) => named("sshpass -p'", `${m.alnum(9)}Lp9tR`, "' ssh host"),
  "keytool": (m) => named("keytool -list -storepass ", `${m.alnum(9)}Lp9tR`, " -keystore k"),
  "plink": (m) => named("plink -ssh -pw ", `${m.alnum(9)}Lp9tR`, " app@host"),
  "sqlcmd": (m) => named("sqlcmd -S db -U sa -P ", `${m.alnum(9)}Lp9tR`, " -Q q"),
  "sqlplus": (m) => named("sqlplus app/", `${m.alnum(9)}Lp9tR`, "@db.example:1521/x"),
  "ssh-keygen": (m) => named("ssh-keygen -t ed25519 -N '", `${m.alnum(9)}Lp9tR`, "' -f k"),
  "twine": (m) => named("twine upload -u app -p ", `${m.alnum(9)}Lp9tR`, " dist/*"),
  "httpie": (m) => named("http -a alice:", `${m.alnum(9)}Lp9tR`, " :8000/x"),
  "curl's user, quoted": (m) => named('curl -s --user "alice:', `${m.alnum(6)} 9$tR`, '" https://x.example'),
  "curl's user, together": (m) => named("curl -ualice:", `${m.alnum(9)}`, " https://x.example"),
  "curl over two lines": (m) => named("curl -s \\\n  -u alice:", `${m.alnum(9)}9`, " \\\n  https://x.example"),
  "an option over two lines": (m) => named("tool --password \\\n  ", `${m.alnum(8)}9`, " run"),
  "an option of PowerShell": (m) => named("nuget sources add -Password ", `${m.alnum(8)}9`, " -Name n"),
  "ngrok": (m) => named("ngrok config add-authtoken ", `${m.alnum(27)}_${m.alnum(21)}`),
  "aws configure": (m) => named("aws configure set aws_secret_access_key ", m.alnum(40)),
  "setx": (m) => named("setx DB_PASSWORD ", `${m.alnum(9)}Lp9tR`),
  "setenv": (m) => named("setenv API_TOKEN ", `${m.alnum(16)}7k`),
  "set in fish": (m) => named("set -gx DB_PASSWORD ", `${m.alnum(9)}Lp9tR`),
  "a variable of a Dockerfile": (m) => named("ENV DB_PASSWORD ", `${m.alnum(9)}Lp9tR`),
  "npm config": (m) => named("npm config set //registry.example/:_authToken ", `${m.uuid()}`),
  "git config": (m) => named("git config --global github.token ", m.hex(40)),
  "user secrets of .NET": (m) => named('dotnet user-secrets set "Db:Password" "', `${m.alnum(9)}Lp9tR`, '"'),
  "gh secret": (m) => named("gh secret set DB_PASS -b ", `${m.alnum(9)}Lp9tR`),
  "AUTH of Redis": (m) => named("redis-cli -h r AUTH app ", `${m.alnum(9)}Lp9tR`),
  "a drive of Windows": (m) => named("net use Z: \\\\srv\\share ", `${m.alnum(9)}Lp9tR`, " /user:corp\\bob"),
  "an option behind a path of Windows": (m) =>
    named("sqlcmd -S .\\SQLEXPRESS -U sa -P ", `${m.alnum(9)}Lp9tR`, " -Q q"),
  "psexec": (m) => named("psexec \\\\host -u bob -p ", `${m.alnum(9)}Lp9tR`, " cmd"),
  "a remote desktop": (m) => named("xfreerdp /u:bob /p:", `${m.alnum(9)}Lp9tR`, " /v:host"),
  "cf login": (m) => named("cf login -u dev -p ", `${m.alnum(9)}Lp9tR`),
  "a password of a PDF": (m) => named("pdftotext -upw ", `${m.alnum(9)}Lp9tR`, " a.pdf"),
  "a vault of Azure": (m) => named("az keyvault secret set --vault-name v --name n --value ", `${m.alnum(9)}Lp9tR`),
  "a parameter of AWS": (m) =>
    named("aws ssm put-parameter --name /x/y --type SecureString --value ", `${m.alnum(9)}Lp9tR`, " --overwrite"),
  "a here string for kinit": (m) => named("kinit bob <<< '", `${m.alnum(9)}Lp9tR`, "'"),
  "a here string for vercel": (m) => named("vercel env add DB_PASSWORD production <<< ", `${m.alnum(9)}Lp9tR`),
  "redis.conf": (m) => named("requirepass ", `${m.alnum(9)}Lp9tR`),
  "a secret of bind": (m) => named('key x { algorithm hmac-sha256; secret "', `${m.base64(43)}=`, '"; };'),
  "a constant of PHP": (m) => named("define( 'DB_PASSWORD', '", `${m.alnum(4)}-x2L${m.alnum(5)}`, "' );"),
  "a default of Python": (m) => named('os.environ.get("API_TOKEN", "', m.alnum(24), '")'),
  "a setter of Java": (m) => named('config.setPassword("', `${m.alnum(9)}Lp9tR`, '");'),
  "a symbol of Ruby": (m) => named('store(:password, "', `${m.alnum(9)}Lp9tR`, '")'),
  "a comparison": (m) => named('if ("', `${m.alnum(9)}Lp9tR`, '" == password) {'),
  "two words for psql": (m) => named("PGPASSWORD='two ", `${m.alnum(4)} words`, "' psql"),
  "a line of .pgpass": (m) => named("db.example:5432:shop:app:", `${m.alnum(9)}Lp9tR`),
  "a line of .pgpass for all": (m) => named("*:*:*:postgres:", `${m.alnum(9)}Lp9tR`),
  "a DSN of Go": (m) => named("app:", `${m.alnum(9)}Lp9tR`, "@tcp(db.example:3306)/shop"),
  "an address of Oracle": (m) => named("jdbc:oracle:thin:app/", `${m.alnum(9)}Lp9tR`, "@//db.example:1521/x"),
  "a DSN of keys": (m) => named("host=db user=app password=", `${m.alnum(9)}Lp9tR`, " dbname=shop"),
  "an API key with a space": (m) => named("API key: ", m.alnum(18)),
  "an access key in bold": (m) => named("**Access key:** ", m.alnum(20)),
  "a password in a sentence": (m) => named("my password is ", `${m.alnum(7)}Lp9tR`),
  "a password in a longer sentence": (m) =>
    named("The password for the staging database is ", `${m.alnum(7)}Lp9tR`, ", keep it."),
  "a password that was changed": (m) => named("I changed the password to `", `${m.alnum(7)}Lp9tR`, "`."),
  "a password of somebody": (m) => named("Password for alice: ", `${m.alnum(7)}Lp9tR`),
  "a token in a sentence": (m) => named("the access token is ", `${m.alnum(30)}77`),
  "a row of a table": (m) => named("| password | ", `${m.alnum(7)}Lp9tR`, " |"),
  "a row of a table with a note": (m) => named("| `DB_PASSWORD`  |  `", `${m.alnum(7)}Lp9tR`, "` | the database |"),
  "a column of a table": (m) =>
    named("| user | password |\n|------|----------|\n| app | ", `${m.alnum(7)}Lp9tR`, " |\n"),
  "a column of psql": (m) =>
    named(" user |  password  | host\n------+------------+------\n app  | ", `${m.alnum(7)}Lp9tR`, " | db\n(1 row)"),
  "a row of a table in a frame": (m) => named("│ password │ ", `${m.alnum(7)}Lp9tR`, " │"),
  "a column of a table in a frame": (m) =>
    named("│ user │ password │\n├──────┼──────────┤\n│ app  │ ", `${m.alnum(7)}Lp9tR`, " │\n└──────┴──────────┘"),
  "a row of a page": (m) => named("<tr><td>password</td><td>", `${m.alnum(7)}Lp9tR`, "</td></tr>"),
  "a row of a page with classes": (m) =>
    named('<dt class="k">DB password:</dt>\n  <dd class="v"><code>', `${m.alnum(7)}Lp9tR`, "</code></dd>"),
  "a label of a page": (m) => named("<b>Password:</b> ", `${m.alnum(7)}Lp9tR`, "<br>"),
  "a password behind a dash": (m) => named("admin password – ", `${m.alnum(7)}Lp9tR`, " (staging)"),
  "a password in typographic quotes": (m) => named("the password is “", `${m.alnum(7)}Lp9tR`, "”"),
  "a password in German": (m) => named("Das Kennwort lautet ", `${m.alnum(7)}Lp9tR`, "."),
  "a password in French": (m) => named("mot de passe : ", `${m.alnum(7)}Lp9tR`),
  "a typographic quote within quotes": (m) => named('DB_PASSWORD="', `${m.alnum(4)}“${m.alnum(5)}Lp9`, '"'),
  "an apostrophe within quotes": (m) => named("DB_PASSWORD='", `${m.alnum(4)}’${m.alnum(5)}Lp9`, "'"),
  "letters of other languages": (m) => named("DB_PASSWORD=", `${m.alnum(5)}ß${m.alnum(3)}ж9x`),
  "a name behind a sign": (m) => named("🔑DB_PASSWORD=", `${m.alnum(7)}Lp9tR`),
  "a name behind a word of another language": (m) => named("数据库password: ", `${m.alnum(7)}Lp9tR`),
  "a password in Russian": (m) => named("пароль: ", `${m.alnum(7)}Lp9tR`),
  "a password in Chinese": (m) => named("密码：", `${m.alnum(7)}Lp9tR`),
  "a password in Japanese": (m) => named("| パスワード | ", `${m.alnum(7)}Lp9tR`, " |"),
  "a password in Turkish": (m) => named('{"şifre": "', `${m.alnum(7)}Lp9tR`, '"}'),
  "a static key of OpenVPN": (m) => {
    const lines = Array.from({ length: 16 }, () => m.hex(32)).join("\n");
    return whole(`-----BE${"GIN "}OpenVPN Static key V1-----\n${lines}\n-----E${"ND "}OpenVPN Static key V1-----`);
  },
  "the private part of a JWK": (m) =>
    named(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","${"d"}":"`, m.url(43), '"}'),
  "a JWK in a program": (m) => named(`{ kty: 'oct', ${"k"}: '`, m.url(43), "' }"),
  "a wifi profile": (m) => named("[wifi-security]\nkey-mgmt=wpa-psk\npsk=", `correct-horse-7G${m.alnum(1)}`),
  "a key of WireGuard": (m) => named("[Peer]\nPresharedKey = ", `${m.base64(43)}=`),
  "what heroku prints": (m) => named("$ heroku auth:token\n", m.uuid(), "\n$ ls"),
  "what printenv prints": (m) => named("$ printenv DB_PASSWORD\n", `${m.alnum(9)}Lp9tR`, "\n$ ls"),
  "a key in an address": (m) => named("https://maps.example/api?address=x&key=", m.alnum(38)),
  "a cookie of curl": (m) => named("curl -b 'session=", m.alnum(24), "' https://x.example"),
  "the second of two cookies": (m) => named("Cookie: theme=dark; sid=", m.alnum(32), "; lang=en"),
  "a cookie of requests": (m) => named("requests.get(u, cookies={'sessionid': '", m.low(32), "'})"),
  "docker login from stdin": (m) => named("echo ", `${m.alnum(7)}Lp9tR`, " | docker login -u ci --password-stdin"),
  "sudo from stdin": (m) => named("echo '", `${m.alnum(7)}Lp9tR`, "' | sudo -S apt-get update"),
  "printf to stdin": (m) => named("printf '%s' '", `${m.alnum(7)}Lp9tR`, "' | docker login --password-stdin x"),
  "chpasswd": (m) => named("echo 'alice:", `${m.alnum(7)}Lp9tR`, "' | sudo chpasswd"),
  "a here string": (m) => named("docker login --password-stdin <<< ", `${m.alnum(7)}Lp9tR`),
  "base64 of a line with a token": (m) =>
    named("echo ", encoded(`export GITHUB_TOKEN=gh${"p_"}${m.alnum(36)}\n`), " | base64 -d"),
  "base64 of a line with a password": (m) => named("", encoded(`spring.datasource.password=${m.alnum(12)}7\n`)),
  "a key in a typographic quote": (m) => {
    const key = block(`${"PRIVATE"} KEY`, m);
    const { all } = whole(key);
    return { text: `tool --${"pass"}word “${key}” run`, secret: all[1], all };
  },
  "base64 in the line of a frame": (m) => named("╭─ ", encoded(`x ${"pass"}word=${m.alnum(12)}7`), "────────╮"),
  "base64 of a key in a variable": (m) => named("KEY_B64=", encoded(`\n${block(`OPENSSH ${"PRIVATE"} KEY`, m)}`)),
  "base64 over lines": (m) =>
    named(
      "",
      encoded(block(`RSA ${"PRIVATE"} KEY`, m))
        .replace(/.{76}/g, "$&\n")
        .trim(),
    ),
  "a command of PowerShell in base64": (m) =>
    named("powershell -enc ", Buffer.from(`$env:DB_PASSWORD = "${m.alnum(12)}7"`, "utf16le").toString("base64")),
  "a mnemonic": () =>
    named(`mnem${"onic"} = "`, "legal winner thank year wave sausage worth useful legal winner thank yellow", '"'),
};

const encoded = (text) => Buffer.from(text).toString("base64");
const whole = (text) => ({
  text,
  secret: text.split("\n")[2].trim().split("\t").at(-1),
  all: text
    .split("\n")
    .map((line) => line.split("\t").at(-1))
    .filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line)),
});
const named = (before, secret, after = "") => ({ text: before + secret + after, secret, all: [secret], before, after });

const teamsWebhook = (m) =>
  `webhook.office${".com/webhookb2/"}${m.uuid()}@${m.uuid()}/IncomingWebhook/${m.hex(32)}/${m.uuid()}`;

module.exports = { KINDS, PLACED, maker };
