const element = (id) => document.getElementById(id);

const { apiUrl } = await (await fetch("config.json")).json();

async function ask(path, options) {
  const response = await fetch(`${apiUrl}/api${path}`, options);
  if (!response.ok) throw new Error(`the API answered ${response.status}`);
  return response.json();
}

function messageItem({ author, text, created_at }) {
  const item = document.createElement("li");
  const head = document.createElement("p");
  const name = document.createElement("strong");
  const time = document.createElement("time");
  const body = document.createElement("p");
  name.textContent = author;
  time.dateTime = created_at;
  time.textContent = new Date(created_at).toLocaleString();
  body.textContent = text;
  head.append(name, time);
  item.append(head, body);
  return item;
}

async function show() {
  const { messages } = await ask("/messages");
  element("messages").replaceChildren(...messages.map(messageItem));
}

async function showRelease() {
  const { version, environment } = await ask("/info");
  element("release").textContent = `release ${version}, ${environment}`;
}

function tell(error) {
  element("fault").textContent = error ? error.message : "";
  element("fault").hidden = !error;
}

element("new").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { author, text } = Object.fromEntries(new FormData(form));
  const message = author.trim() ? { author: author.trim(), text } : { text };
  try {
    await ask("/messages", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    form.elements.text.value = "";
    await show();
    tell();
  } catch (error) {
    tell(error);
  }
});

Promise.all([show(), showRelease()]).then(() => tell(), tell);
