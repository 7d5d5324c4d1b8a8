// Accessibility of pages by the axe rules: WCAG 2.2 AA and best practice, in light and in dark, wide and
// on the narrowest phone.
//
//   node axe.mjs pages.json                     # or - for standard input
//
// pages.json: {"urls": ["http://127.0.0.1:8080/feed", …], "cookie": "session=…",
//              "schemes": ["light", "dark"], "widths": [1280, 320]}
// Only "urls" is needed. A plain list of addresses does too. Exit 1 on a violation, 2 when a page could
// not be judged. A page that scrolls sideways counts as a violation (WCAG 1.4.10, reflow).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const cache = process.env.HERALD_PEER_CACHE ?? join(homedir(), '.cache', 'herald-peers');
const need = createRequire(join(cache, 'axe', 'package.json'));
const { chromium } = need('playwright-core');
const AxeBuilder = need('@axe-core/playwright').default;

const source = process.argv[2];
if (!source) {
  console.error('usage: node axe.mjs pages.json|-');
  process.exit(2);
}
const asked = JSON.parse(readFileSync(source === '-' ? 0 : source, 'utf8'));
const { urls, cookie, schemes = ['light', 'dark'], widths = [1280, 320] } = Array.isArray(asked) ? { urls: asked } : asked;

const browser = await chromium.launch({
  executablePath: process.env.HERALD_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

let violations = 0;
let unjudged = 0;
const judge = async (page, url, mode) => {
  const answer = await page.goto(url, { waitUntil: 'load' });
  if (!answer || answer.status() >= 500) throw new Error(`status ${answer?.status()}`);
  const found = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  for (const { impact, id, help, nodes } of found.violations) {
    violations += 1;
    console.log(`${mode} ${url}\n  ${impact} ${id}: ${help}`);
    for (const node of nodes.slice(0, 5)) console.log(`    ${node.target.join(' ')}\n      ${(node.failureSummary ?? '').split('\n').slice(1, 2).join('').trim()}`);
    if (nodes.length > 5) console.log(`    and ${nodes.length - 5} more`);
  }
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) {
    violations += 1;
    console.log(`${mode} ${url}\n  serious reflow: the page is ${sideways} px wider than the screen`);
  }
  return found;
};

for (const scheme of schemes) {
  for (const width of widths) {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, reducedMotion: 'reduce' });
    for (const pair of (cookie ?? '').split(';').map((text) => text.trim()).filter(Boolean)) {
      const at = pair.indexOf('=');
      const origins = [...new Set(urls.map((url) => new URL(url).origin))];
      // A `__Host-` cookie is taken on https only; over http the page is asked with a plain header.
      if (pair.startsWith('__Host-') && origins.some((origin) => origin.startsWith('http:'))) await context.setExtraHTTPHeaders({ cookie });
      else await context.addCookies(origins.map((url) => ({ name: pair.slice(0, at), value: pair.slice(at + 1), url })));
    }
    const page = await context.newPage();
    for (const url of urls) {
      const mode = `${scheme} ${width}px`;
      try {
        const found = await judge(page, url, mode);
        console.log(`${mode} ${url}: ${found.passes.length} rules hold, ${found.violations.length} broken, ${found.incomplete.length} to be looked at`);
      } catch (error) {
        unjudged += 1;
        console.log(`${mode} ${url}: not judged: ${error.message.split('\n')[0]}`);
      }
    }
    await context.close();
  }
}
await browser.close();
console.log(`${violations} violations, ${unjudged} pages not judged`);
process.exit(unjudged ? 2 : violations ? 1 : 0);
