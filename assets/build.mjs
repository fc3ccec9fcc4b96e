// Builds gateway/static/build: one style sheet, one script, the fonts and the favicon. Run with: npm run build
// What no template uses is left out: first the rules (by class name), then the design tokens that nothing refers to.
import { mkdir, readFile, rm, writeFile, copyFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const modules = join(root, "node_modules");
const out = join(root, "gateway", "static", "build");
const LIMIT = 100 * 1024; // bytes of style sheet and script together, gzipped

const COMPONENTS = "@utrecht/component-library-css/dist/index.css";
const TOKENS = "@nl-design-system-unstable/voorbeeld-design-tokens/dist/theme.css";
const FONTS = "@fontsource-variable/source-sans-3/files/source-sans-3-";
const FONT_FILES = {
  "source-sans-latin.woff2": "latin-wght-normal.woff2",
  "source-sans-latin-ext.woff2": "latin-ext-wght-normal.woff2",
};

const read = (...path) => readFile(join(...path), "utf8");

// Keeps the rules of the component library whose classes occur in our templates or scripts.
async function purge(css) {
  const content = [join(root, "templates/**/*.html"), join(here, "*.js")];
  const [result] = await new PurgeCSS().purge({
    content,
    css: [{ raw: css }],
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
    safelist: ["html", "body", "utrecht-root", "utrecht-surface"],
  });
  return result.css;
}

// Drops custom properties that no rule reads, until nothing more can go (a token may be read by another token).
function dropUnusedTokens(css) {
  const tree = postcss.parse(css);
  for (let dropped = true; dropped; ) {
    const used = new Set();
    tree.walkDecls((decl) => {
      for (const [, name] of decl.value.matchAll(/var\(\s*(--[\w-]+)/g)) used.add(name);
    });
    dropped = false;
    tree.walkDecls(/^--/, (decl) => {
      if (!used.has(decl.prop)) {
        decl.remove();
        dropped = true;
      }
    });
  }
  tree.walkComments((comment) => comment.remove());
  tree.walkRules((rule) => {
    if (rule.nodes.length === 0) rule.remove();
  });
  return tree.toString();
}

async function buildCss() {
  const components = await purge(await read(modules, COMPONENTS));
  const own = await read(here, "dossierpoort.css");
  // What is in a layer yields to what is not, however specific it is: the house style always has the last word.
  const whole = dropUnusedTokens(`@layer nlds {\n${await read(modules, TOKENS)}\n${components}\n}\n${own}`);
  const banner =
    "/* Dossierpoort (EUPL-1.2). Contains NL Design System: component library of the municipality of Utrecht and the " +
    "Voorbeeld tokens (EUPL-1.2); font Source Sans 3 (OFL-1.1). */\n";
  const { code } = await esbuild.transform(whole, { loader: "css", minify: true, target: ["es2022"] });
  await writeFile(join(out, "dossierpoort.css"), banner + code);
  return banner + code;
}

async function buildJs() {
  const result = await esbuild.build({
    entryPoints: [join(here, "dossierpoort.js")],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    write: false,
  });
  await writeFile(join(out, "dossierpoort.js"), result.outputFiles[0].contents);
  return result.outputFiles[0].text;
}

await rm(out, { recursive: true, force: true });
await mkdir(join(out, "fonts"), { recursive: true });
const sheets = await buildCss();
const script = await buildJs();
for (const [name, source] of Object.entries(FONT_FILES)) await copyFile(join(modules, FONTS + source), join(out, "fonts", name));
// The font goes out with its licence, as the licence asks.
await copyFile(join(modules, "@fontsource-variable/source-sans-3/LICENSE"), join(out, "fonts", "OFL.txt"));
await copyFile(join(here, "favicon.svg"), join(out, "favicon.svg"));

const size = gzipSync(sheets).length + gzipSync(script).length;
console.log(`css ${sheets.length} B, js ${script.length} B, together ${size} B gzipped (limit ${LIMIT})`);
if (size > LIMIT) {
  console.error("Too much for a phone on a slow line: drop something before this goes out.");
  process.exitCode = 1;
}
