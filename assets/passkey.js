// Passkeys: the one thing on these pages that needs a script. Its buttons are hidden where a browser has none.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function options(button) {
  const answer = await fetch(button.dataset.begin, {
    method: "POST",
    headers: {
      "X-CSRFToken": button.form.elements.namedItem("csrf_token").value,
      "X-Requested-With": "XMLHttpRequest",
    },
  });
  const said = await answer.json();
  if (!said.ok) throw new Error(said.message);
  return said.options;
}

async function create(asked) {
  asked.challenge = bytes(asked.challenge);
  asked.user.id = bytes(asked.user.id);
  for (const each of asked.excludeCredentials ?? []) each.id = bytes(each.id);
  const made = await navigator.credentials.create({ publicKey: asked });
  return {
    ...kept(made),
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
    },
  };
}

async function get(asked) {
  asked.challenge = bytes(asked.challenge);
  const proof = await navigator.credentials.get({ publicKey: asked });
  const { clientDataJSON, authenticatorData, signature, userHandle } = proof.response;
  return {
    ...kept(proof),
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

const kept = (credential) => ({ id: credential.id, rawId: text(credential.rawId), type: credential.type });

for (const block of document.querySelectorAll("[data-passkey]")) {
  const button = block.querySelector("button");
  if (!window.PublicKeyCredential || !button?.form) continue;
  block.hidden = false;
  const problem = block.querySelector("[data-passkey-problem]");
  button.addEventListener("click", async () => {
    problem.hidden = true;
    try {
      const asked = await options(button);
      const answer = await (button.dataset.kind === "create" ? create(asked) : get(asked));
      block.querySelector("input[type=hidden]").value = JSON.stringify(answer);
      button.form.submit();
    } catch (error) {
      // The browser's own errors are in its own words; those of the portal are sentences.
      problem.textContent = error instanceof DOMException ? problem.dataset.stopped : error.message;
      problem.hidden = false;
    }
  });
}
