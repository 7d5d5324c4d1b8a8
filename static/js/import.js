// Long forms (imports, uploads): what was chosen, how far the upload is, then the answer in place.
// Without it the browser sends the form as ever.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function chosen(input) {
  let line = input.parentElement.querySelector('[data-chosen]');
  if (!line) {
    line = make('p', { class: 'small', 'data-chosen': '', role: 'status' });
    input.after(line);
  }
  line.textContent = [...input.files].map((file) => `${file.name}, ${size(file.size)}`).join('; ');
}

/** Puts the answered page in the place of this one, so that its one-time message is not lost by loading it again. */
function swap(html, address) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  for (const selector of ['#main', '[data-toasts]']) {
    const [old, fresh] = [document.querySelector(selector), page.querySelector(selector)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  document.title = page.title;
  if (address && address !== location.href) history.pushState(null, '', address);
  scrollTo(0, 0);
  document.getElementById('main')?.focus();
  document.dispatchEvent(new Event('herald:swapped'));
}

function send(form, submitter) {
  const bar = make('progress', { max: '100', value: '0', 'aria-label': 'Progress' });
  const words = make('p', { class: 'small quiet', role: 'status' }, 'Sending…');
  form.querySelector('[data-progress-box]')?.remove();
  form.append(make('div', { class: 'progress', 'data-progress-box': '' }, bar, words));
  const started = Date.now();
  const ticker = setInterval(() => {
    if (!bar.hasAttribute('value')) words.textContent = `Reading… ${Math.round((Date.now() - started) / 1000)} s. You can leave this open and work in another tab.`;
  }, 1000);
  const stop = (message) => {
    clearInterval(ticker);
    submitter?.removeAttribute('disabled');
    if (message) words.textContent = message;
  };
  const data = new FormData(form);
  if (submitter?.name) data.set(submitter.name, submitter.value);
  submitter?.setAttribute('disabled', '');
  const request = new XMLHttpRequest();
  request.open('POST', submitter?.formAction || form.action);
  request.upload.addEventListener('progress', (event) => {
    if (!event.lengthComputable) return;
    bar.value = Math.round((event.loaded / event.total) * 100);
    words.textContent = `Sent ${size(event.loaded)} of ${size(event.total)}`;
  });
  request.upload.addEventListener('load', () => { bar.removeAttribute('value'); words.textContent = 'Reading…'; });
  request.addEventListener('load', () => {
    stop();
    if ((request.getResponseHeader('Content-Type') ?? '').includes('html')) swap(request.responseText, request.responseURL);
    else location.reload();
  });
  request.addEventListener('error', () => stop('No connection. What you chose is still here; try again.'));
  const multipart = form.enctype === 'multipart/form-data';
  request.send(multipart ? data : new URLSearchParams(data));
}

document.addEventListener('change', (event) => {
  if (event.target.matches?.('form[data-progress] input[type="file"]')) chosen(event.target);
});
document.addEventListener('submit', (event) => {
  if (!event.target.matches('form[data-progress]') || event.defaultPrevented) return;
  event.preventDefault();
  send(event.target, event.submitter);
}, true);
