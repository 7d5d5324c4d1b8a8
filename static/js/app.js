// Loaded on every page; each part adds comfort to something that works without it. No dependencies.
const root = document.documentElement;
root.classList.add('js');

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = (target) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** An element with text and attributes; children are appended as text, never as markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// ---- dialogs: <a data-dialog="id"> opens, data-close closes, a click beside it closes too
function openDialog(dialog) {
  if (!(dialog instanceof HTMLDialogElement) || typeof dialog.showModal !== 'function') return false;
  if (!dialog.open) dialog.showModal();
  return true;
}

// ---- toasts: fade after a while unless pointed at; bad news stays
const STAY = { plain: 7000, undo: 20000 };

function watchToast(toast) {
  if (toast.dataset.toast === 'bad') return;
  const stay = toast.querySelector('form') ? STAY.undo : STAY.plain;
  let timer;
  const leave = () => { toast.classList.add('is-going'); setTimeout(() => toast.remove(), 160); };
  const start = () => { timer = setTimeout(leave, stay); };
  const stop = () => clearTimeout(timer);
  for (const name of ['mouseenter', 'focusin']) toast.addEventListener(name, stop);
  for (const name of ['mouseleave', 'focusout']) toast.addEventListener(name, () => { stop(); start(); });
  start();
}

/** Says something short in the corner; other modules send it as an event: detail {text, kind}. */
function say({ text, kind = 'info' }) {
  const box = document.querySelector('[data-toasts]');
  if (!box) return;
  const toast = make('div', { class: 'toast', 'data-toast': kind }, make('span', { class: 'grow' }, text), make('button', { class: 'btn btn-small', type: 'button', 'data-close': '' }, 'Close'));
  box.append(toast);
  watchToast(toast);
}
document.addEventListener('herald:say', (event) => say(event.detail));

// ---- copying
async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say({ text: 'Copied.', kind: 'good' });
  } catch {
    say({ text: 'Your browser does not let Herald copy. Mark the text and copy it yourself.', kind: 'bad' });
  }
}

// ---- theme: without a reload
const NEXT = { auto: 'light', light: 'dark', dark: 'auto' };
const NAMES = { auto: 'automatic', light: 'light', dark: 'dark' };

async function switchTheme(form) {
  const value = form.elements.namedItem('value').value;
  root.dataset.theme = value;
  const data = new URLSearchParams(new FormData(form));
  form.elements.namedItem('value').value = NEXT[value] ?? 'auto';
  const button = form.querySelector('button');
  button.setAttribute('aria-label', `Colours: ${NAMES[value]}. Switch to ${NAMES[NEXT[value]]}`);
  button.title = `Colours: ${NAMES[value]}`;
  await fetch(form.action, { method: 'POST', body: data, redirect: 'manual' }).catch(() => {});
}

// ---- forms are sent once
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.matches('[data-theme-form]')) {
    event.preventDefault();
    switchTheme(form);
    return;
  }
  if (event.defaultPrevented || form.method !== 'post' || form.hasAttribute('data-again') || event.submitter?.formTarget === '_blank') return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  // After the browser has read the form, or the button's own name and value would be lost.
  setTimeout(() => { event.submitter?.classList.add('is-busy'); event.submitter?.setAttribute('aria-disabled', 'true'); });
});
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of all('form[data-sent]')) delete form.dataset.sent;
  for (const button of all('.is-busy')) { button.classList.remove('is-busy'); button.removeAttribute('aria-disabled'); }
});
document.addEventListener('change', (event) => {
  if (event.target.matches?.('[data-submit-on-change]')) event.target.form?.requestSubmit();
});

// ---- clicks
document.addEventListener('click', (event) => {
  const target = event.target;
  if (!(target instanceof Element)) return;
  const opener = target.closest('[data-dialog]');
  if (opener && openDialog(document.getElementById(opener.dataset.dialog))) {
    event.preventDefault();
    return;
  }
  const closer = target.closest('[data-close]');
  if (closer) {
    closer.closest('dialog')?.close();
    closer.closest('.toast')?.remove();
  }
  if (target instanceof HTMLDialogElement) target.close();
  const copier = target.closest('[data-copy]');
  if (copier) copy(copier);
  if (target.closest('[data-help]')) showHelp();
  for (const menu of all('details[data-menu][open]')) if (!menu.contains(target)) menu.open = false;
});

// ---- keys: / search, j and k in lists, Enter opens, ? help, Escape closes menus
let at = -1;

function move(step) {
  const items = all('[data-list] [data-item]').filter((item) => item.offsetParent !== null);
  if (items.length === 0) return;
  items.forEach((item) => item.classList.remove('is-at'));
  at = Math.min(Math.max(at + step, 0), items.length - 1);
  const item = items[at];
  item.classList.add('is-at');
  item.scrollIntoView({ block: 'nearest' });
  (item.querySelector('[data-open]') ?? item.querySelector('a, button'))?.focus({ preventScroll: true });
}

const KEYS = [['/', 'Search'], ['j', 'Next in the list'], ['k', 'Previous in the list'], ['Enter', 'Open'], ['Esc', 'Close a menu or question'], ['?', 'This help']];

function showHelp() {
  let dialog = document.getElementById('help');
  if (!dialog) {
    const list = make('dl', { class: 'facts' });
    for (const [key, words] of KEYS) list.append(make('dt', {}, make('kbd', {}, key)), make('dd', {}, words));
    dialog = make('dialog', { id: 'help', 'aria-labelledby': 'help-title' }, make('h2', { id: 'help-title' }, 'Keyboard keys'), list,
      make('div', { class: 'row row-end' }, make('button', { class: 'btn', type: 'button', 'data-close': '' }, 'Close')));
    document.body.append(dialog);
  }
  openDialog(dialog);
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    for (const menu of all('details[data-menu][open]')) { menu.open = false; menu.querySelector('summary')?.focus(); }
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
  const search = document.getElementById('site-search');
  if (event.key === '/' && search) { event.preventDefault(); search.focus(); search.select(); }
  if (event.key === 'j') move(1);
  if (event.key === 'k') move(-1);
  if (event.key === '?') showHelp();
});

// ---- times: the title also says it in the zone of this device, where that is another
function tellLocalTimes() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = new Intl.DateTimeFormat(root.lang, { dateStyle: 'full', timeStyle: 'short' });
  for (const time of all('time[datetime]')) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf()) || !zone || time.title.includes(zone)) continue;
    time.title += `${time.title ? '\n' : ''}On this device: ${format.format(moment)} (${zone})`;
  }
}

all('.toast').forEach(watchToast);
tellLocalTimes();
document.querySelector('[data-error-summary]')?.focus();
document.addEventListener('herald:swapped', () => { all('.toast').forEach(watchToast); tellLocalTimes(); document.querySelector('[data-error-summary]')?.focus(); });
