// The handler of handler.lua for njs.
const LIST = ["alpha", "beta", "gamma", "delta"];

function user(request) {
  const id = Number(request.variables.id);
  if (!(id >= 1) || id % 1 !== 0) {
    request.return(400, "bad id\n");
    return;
  }
  const tags = [];
  for (let i = 1; i <= 4; i++) tags.push(LIST[(id + i) % 4] + "-" + i);
  const user = {
    id: id,
    name: "User Number " + id,
    email: "user" + id + "@example.org",
    active: id % 2 === 0,
    score: id * 1.5,
    tags: tags,
    address: { street: "Long Street " + (id % 100), city: "Somewhere", zip: "12345" },
    created: "2024-01-01T00:00:00Z",
    about: "A few words about this user. ".repeat(6),
    links: { self: "/users/" + id, posts: "/users/" + id + "/posts" },
  };
  request.headersOut["content-type"] = "application/json";
  request.return(200, JSON.stringify(user));
}

export default { user };
