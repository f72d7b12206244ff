// Passkeys: asks the browser for what a form cannot. The server says what to ask for; the answer goes back in the form.
"use strict";

const NAMES = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
}

function text(buffer) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function made(form) {
  const options = JSON.parse(form.dataset.make);
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  for (const known of options.excludeCredentials || []) known.id = bytes(known.id);
  return navigator.credentials.create({ publicKey: options });
}

async function signed(form) {
  const answer = await fetch(form.dataset.challenge, { method: "POST", body: new URLSearchParams() });  // an empty form
  if (!answer.ok) throw new Error(String(answer.status));
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  return navigator.credentials.get({ publicKey: options });
}

async function ask(form) {
  const said = form.querySelector("[data-failed]");
  const button = form.querySelector("button");
  said.hidden = button.disabled = true;
  try {
    const { id, rawId, type, response } = await (form.dataset.make ? made(form) : signed(form));
    const parts = NAMES.filter((name) => response[name]).map((name) => [name, text(response[name])]);
    form.elements.credential.value = JSON.stringify({ id, rawId: text(rawId), type, response: Object.fromEntries(parts) });
    form.submit();
  } catch (error) {
    said.textContent = error.name === "InvalidStateError" && said.dataset.known || said.dataset.failed;
    said.hidden = false;
  } finally {
    button.disabled = false;
  }
}

const works = Boolean(window.PublicKeyCredential && navigator.credentials);
for (const each of document.querySelectorAll(works ? "[data-passkey]" : "[data-no-passkey]")) each.hidden = false;
for (const form of document.querySelectorAll("form[data-make], form[data-challenge]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
  if (works && form.dataset.make) ask(form);
}
