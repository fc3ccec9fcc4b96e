// A real OpenID Connect provider on loopback, for the tests: whoever comes says by a form who they are and how surely.
// Its one argument is a JSON file: { port, jwks, clients, acrValues }.
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const chosen = JSON.parse(readFileSync(process.argv[2], "utf8"));
const people = new Map();

const provider = new Provider(`http://localhost:${chosen.port}`, {
  clients: chosen.clients,
  jwks: chosen.jwks,
  cookies: { keys: ["only for tests"] },
  acrValues: chosen.acrValues,
  claims: { openid: ["sub", "brin", "affiliation"], acr: null, amr: null, auth_time: null, sid: null, iss: null },
  scopes: ["openid"],
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      async logoutSource(ctx, form) {
        ctx.body = `<!doctype html><title>Afmelden</title>${form}<button form="op.logoutForm" name="logout" value="yes">Ja, afmelden</button>`;
      },
    },
  },
  clientDefaults: { id_token_signed_response_alg: "RS256" },
  pkce: { required: () => true },
  // Its own guard against inner addresses would keep it from telling this machine of a sign-out.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  interactions: { url: (_ctx, interaction) => `/wie/${interaction.uid}` },
  async findAccount(_ctx, sub) {
    return { accountId: sub, claims: async () => ({ sub, ...(people.get(sub) ?? {}) }) };
  },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid");
    grant.addOIDCClaims(["acr", "amr", "brin", "affiliation"]);
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/wie/")) return next();
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = `<!doctype html><html lang="nl"><title>Aanmelden bij de school</title><h1>Aanmelden bij de school</h1>
      <form method="post"><label>Naam <input name="sub"></label><input type="hidden" name="acr" value=""><button>Aanmelden</button></form>`;
    return undefined;
  }
  const body = await new Promise((resolve) => {
    let text = "";
    ctx.req.on("data", (part) => { text += part; });
    ctx.req.on("end", () => resolve(new URLSearchParams(text)));
  });
  const said = JSON.parse(body.get("claims") || "{}");
  people.set(body.get("sub"), said);
  const login = { accountId: body.get("sub") };
  if (body.get("acr")) login.acr = body.get("acr");
  if (body.get("amr")) login.amr = body.get("amr").split(" ");
  const result = body.get("stop") ? { error: "access_denied" } : { login };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  ctx.status = 303;
  return undefined;
});

provider.on("server_error", (_ctx, error) => console.error(error));
provider.listen(chosen.port, "127.0.0.1");
