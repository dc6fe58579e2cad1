import type { Reach } from "../../../spec/types";
import { urlsOf } from "../../../spec/urls";
import { application } from "../../helpers/spec";

const [rule] = application().ingress;
const tls = { staging: false, redirect: true };

test.each<[string, string, Reach, object[], string[]]>([
  ["a socket is this machine", "unix:///d", { hosts: [] }, [{}], ["http://localhost:8000/"]],
  ["another machine by its name", "ssh://u@h:22", { hosts: [] }, [{}], ["http://h:8000/"]],
  ["port 80 is not said", "ssh://h", { hosts: [] }, [{ publishedPort: 80 }], ["http://h/"]],
  [
    "all names, each path once",
    "ssh://h",
    { hosts: ["a.test", "b.test"] },
    [{ path: "/x" }, { path: "/x", service: "other" }],
    ["http://a.test:8000/x", "http://b.test:8000/x"],
  ],
  [
    "a rule's own name",
    "ssh://h",
    { hosts: ["*.test"] },
    [{ host: "c.test" }],
    ["http://c.test:8000/"],
  ],
  [
    "https has the routes of the first port",
    "ssh://h",
    { hosts: ["a.test"], tls },
    [{}, { publishedPort: 9000 }],
    ["https://a.test/", "http://a.test:9000/"],
  ],
])("%s", (_what, machine, reach, rules, urls) => {
  const ingress = rules.map((more) => ({ ...rule!, ...more }));
  expect(urlsOf(machine, reach, { ingress })).toEqual(urls);
});
