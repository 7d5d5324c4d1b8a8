// The share composer: captions, live check, preview, opening the network, and "Did you post it?".
// Without it the same form is checked and sent by the server.
const form = document.querySelector('form[data-composer]');
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? '';
const icons = document.querySelector('svg.icon use')?.getAttribute('href')?.split('#')[0] ?? '/static/icons.svg';
const number = new Intl.NumberFormat('en');
const say = (text, kind = 'info') => document.dispatchEvent(new CustomEvent('herald:say', { detail: { text, kind } }));

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ class: 'icon', width: 20, height: 20, 'aria-hidden': 'true' })) svg.setAttribute(key, value);
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${icons}#${name}`);
  svg.append(use);
  return svg;
}

/** A place counted in Unicode scalar values, as the server counts, to a place in a JavaScript string. */
function utf16(text, scalars) {
  let units = 0;
  let seen = 0;
  for (const character of text) {
    if (seen === scalars) break;
    units += character.length;
    seen += 1;
  }
  return units;
}

function start() {
  const text = form.querySelector('#text');
  const part = (name) => form.querySelector(`[data-${name}]`);
  const draftKey = `herald:draft:${form.dataset.item}:${form.dataset.network}`;
  const state = { latest: null, asked: 0, timer: 0, mode: form.querySelector('[data-share].btn-primary')?.value ?? 'intent', pending: false };

  // ---- what the server says about the text
  async function check() {
    const asked = ++state.asked;
    const body = {
      item_id: form.dataset.item,
      network: form.dataset.network,
      caption_id: form.querySelector('[name="caption_id"]:checked')?.value ?? null,
      text: text.value,
      mode: state.mode,
    };
    try {
      const response = await fetch(form.dataset.checkUrl, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': token },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      if (asked === state.asked) show(answer);
    } catch {
      // The server checks again at sending, so a lost check must not lock the form.
      if (asked === state.asked) lock(false);
    }
  }

  function show(answer) {
    state.latest = answer;
    showCounter(answer.counts);
    showFindings(answer.findings);
    showPreview(answer.preview);
    lock(!answer.can_share);
  }

  function showCounter({ used, limit, unit, bytes }) {
    const counter = part('counter');
    const over = used > limit || (bytes && bytes.used > bytes.limit);
    counter.classList.toggle('is-over', Boolean(over));
    const bar = counter.querySelector('progress');
    bar.max = limit;
    bar.value = Math.min(used, limit);
    const left = used > limit ? `${number.format(used - limit)} too many: ` : '';
    const more = bytes && bytes.used > bytes.limit ? `, ${number.format(bytes.used)} of ${number.format(bytes.limit)} bytes` : '';
    counter.querySelector('[data-counter-text]').textContent = `${left}${number.format(used)} of ${number.format(limit)} ${unit}${more}`;
  }

  function showFindings(findings) {
    const box = part('findings');
    // What a screen reader announces stays quiet while nothing changes.
    const print = JSON.stringify(findings);
    if (box.dataset.print === print) return;
    box.dataset.print = print;
    if (findings.length === 0) {
      box.replaceChildren(make('p', { class: 'finding finding-ok' }, icon('check'), make('span', {}, 'Nothing stands in the way. The disclosure is in.')));
      return;
    }
    box.replaceChildren(make('ul', { class: 'findings' }, ...findings.map(findingRow)));
  }

  function findingRow({ code, severity, message, span, fix }) {
    const block = severity === 'block';
    const words = make('div', {}, make('strong', {}, block ? 'Must change.' : 'Please check.'), ` ${message}`);
    const acts = make('div', { class: 'row' });
    if (fix) {
      acts.append(make('button', { class: 'btn btn-small', type: 'button', 'data-fix': fix.text }, icon('edit'), fix.label));
    }
    if (span && !text.readOnly) {
      const finder = make('button', { class: 'btn btn-small btn-quiet', type: 'button' }, 'Show the place');
      finder.addEventListener('click', () => {
        text.focus();
        text.setSelectionRange(utf16(text.value, span.start), utf16(text.value, span.end));
      });
      acts.append(finder);
    }
    if (acts.childElementCount) words.append(acts);
    return make('li', { class: `finding${block ? ' finding-block' : ''}`, 'data-code': code }, icon(block ? 'cross' : 'warn'), words);
  }

  function showPreview(preview) {
    if (!preview) return;
    const write = (name, words) => { const element = part(name); if (element) element.textContent = words ?? ''; };
    write('preview-text', preview.text);
    write('preview-link', preview.link);
    const card = part('preview-card');
    if (!card) return;
    card.hidden = !preview.card;
    if (!preview.card) return;
    write('preview-title', preview.card.title);
    write('preview-description', preview.card.description);
    write('preview-site', preview.card.site);
    const image = part('preview-image');
    image.hidden = !preview.card.image_url;
    if (preview.card.image_url && image.getAttribute('src') !== preview.card.image_url) image.src = preview.card.image_url;
  }

  function lock(locked) {
    for (const button of form.querySelectorAll('[data-share], [data-share-sheet]')) button.disabled = locked;
  }

  function changed(delay = 250) {
    clearTimeout(state.timer);
    state.timer = setTimeout(check, delay);
    try { sessionStorage.setItem(draftKey, text.value); } catch { /* private windows may refuse */ }
  }

  // ---- writing
  function setText(value) {
    text.value = value;
    changed(0);
  }
  text.addEventListener('input', () => changed());
  form.addEventListener('change', (event) => {
    if (event.target.name !== 'caption_id') return;
    text.readOnly = event.target.dataset.rule === 'locked';
    setText(event.target.dataset.caption);
  });
  form.addEventListener('click', (event) => {
    const fixer = event.target.closest('[data-fix]');
    if (!fixer) return;
    setText(fixer.dataset.fix);
    text.focus();
  });

  // ---- sending
  async function send(mode) {
    const data = new URLSearchParams(new FormData(form));
    data.set('mode', mode);
    const response = await fetch(form.action, { method: 'POST', body: data, headers: { Accept: 'application/json', 'X-CSRF-Token': token } });
    const isJson = (response.headers.get('Content-Type') ?? '').includes('json');
    if (response.ok && !isJson) {
      location.assign(response.url);
      return null;
    }
    const answer = isJson ? await response.json() : {};
    if (!response.ok) throw new Error(answer.detail ?? 'That did not work. Your text is still here; try again in a moment.');
    try { sessionStorage.removeItem(draftKey); } catch { /* see above */ }
    state.pending = true;
    const [yes, no] = [document.querySelector('[data-posted-confirm]'), document.querySelector('[data-posted-cancel]')];
    if (yes && answer.confirm_url) yes.action = answer.confirm_url;
    if (no && answer.cancel_url) no.action = answer.cancel_url;
    return answer;
  }

  async function copyText(words) {
    if (!words) return;
    try {
      await navigator.clipboard.writeText(words);
      say('Your text is on the clipboard. Paste it there.', 'good');
    } catch {
      say('Copy your text yourself: the browser did not let Herald.', 'bad');
      text.focus();
      text.select();
    }
  }

  function openNetwork(address) {
    if (!address) { ask(); return; }
    const tab = window.open(address, '_blank');
    if (tab) { tab.opener = null; return; }
    const link = make('a', { class: 'btn btn-primary', href: address, target: '_blank', rel: 'noopener' }, icon('external'), `Open ${form.dataset.networkLabel}`);
    form.querySelector('.share-bar').prepend(link);
    link.focus();
  }

  form.addEventListener('submit', async (event) => {
    const mode = event.submitter?.value ?? state.mode;
    if (mode === 'api') return;
    event.preventDefault();
    lock(true);
    try {
      const answer = await send(mode);
      if (!answer) return;
      await copyText(answer.copy_text ?? (mode === 'copy' ? state.latest?.final_text ?? text.value : null));
      openNetwork(answer.open_url);
    } catch (error) {
      say(error instanceof TypeError ? 'No connection. Your text is still here.' : error.message, 'bad');
    }
    lock(false);
  });

  const sheet = form.querySelector('[data-share-sheet]');
  if (sheet && typeof navigator.share === 'function') {
    sheet.hidden = false;
    sheet.addEventListener('click', async () => {
      lock(true);
      try {
        const answer = await send('copy');
        if (answer) {
          await navigator.share({ text: answer.copy_text ?? state.latest?.final_text ?? text.value });
          ask();
        }
      } catch (error) {
        if (error.name !== 'AbortError') say(error.message, 'bad');
      }
      lock(false);
    });
  }

  // ---- did it happen?
  function ask() {
    const dialog = document.querySelector('dialog[data-posted]');
    if (!state.pending || !dialog || dialog.open) return;
    state.pending = false;
    dialog.showModal();
  }
  addEventListener('focus', ask);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') ask(); });

  // ---- a draft of this window comes back
  let draft = null;
  try { draft = sessionStorage.getItem(draftKey); } catch { /* see above */ }
  if (draft && draft !== text.value && !text.readOnly && text.value === text.defaultValue) {
    setText(draft);
    say('Your draft is back.');
  }
}

if (form?.dataset.checkUrl) start();
