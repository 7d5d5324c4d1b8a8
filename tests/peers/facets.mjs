// What Bluesky's own client finds in a text: the judge of our facets.
//
//   node facets.mjs < texts.json     # a JSON list of texts in, a JSON list of facet lists out
//
// Each facet is [byteStart, byteEnd, kind, value]; a mention's value is the handle, not resolved.
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const cache = process.env.HERALD_PEER_CACHE ?? join(homedir(), '.cache', 'herald-peers');
const { RichText } = createRequire(join(cache, 'bluesky', 'package.json'))('@atproto/api');

const facetsOf = (written) => {
  const rich = new RichText({ text: written });
  rich.detectFacetsWithoutResolution();
  return (rich.facets ?? []).map(({ index, features: [feature] }) => [
    index.byteStart,
    index.byteEnd,
    feature.$type.split('#')[1],
    feature.uri ?? feature.tag ?? feature.did,
  ]);
};
console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(facetsOf)));
