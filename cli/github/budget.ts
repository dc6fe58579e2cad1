/**
 * What a load test measured, against its budget and the last good run: Locust's columns are found by name, since it adds
 * some from time to time; k6 sums up by itself. Below 20 ms a difference is the network's.
 */
export const BUDGET = `python3 - <<'END'
import csv, json, os, sys

def locust():
    with open("load_stats.csv", newline="") as file:
        total = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
    count = int(total["Request Count"])
    failed = int(total["Failure Count"])
    return count, 100 * failed / max(count, 1), float(total["95%"]) if count else 0.0

def k6():
    with open("load.json") as file:
        metrics = json.load(file)["metrics"]
    if "http_reqs" not in metrics:
        return 0, 0.0, 0.0
    return metrics["http_reqs"]["count"], 100 * metrics["http_req_failed"]["value"], metrics["http_req_duration"]["p(95)"]

def baseline(url):
    try:
        with open("baseline/result.json") as file:
            found = json.load(file)
    except FileNotFoundError:
        return None
    return found if found["url"] == url else None

count, errors, p95 = k6() if os.path.exists("load.json") else locust()
if count == 0:
    sys.exit("no request was sent")
url, last = os.environ["BASE_URL"], baseline(os.environ["BASE_URL"])
with open("result.json", "w") as file:
    json.dump({"url": url, "requests": count, "errors": errors, "p95": p95}, file)
told = f"{count} requests, p95 {p95:.0f} ms, {errors:.2f} % failed"
if last:
    told += f"; the last good run: p95 {last['p95']:.0f} ms, {last['errors']:.2f} % failed"
with open(os.environ.get("GITHUB_STEP_SUMMARY") or os.devnull, "a") as summary:
    summary.write(told + "\\n")
print(told)
limits = {"P95": (p95, "ms at p95"), "ERRORS": (errors, "% failed")}
over = [f"{value:.2f} {what}, allowed {os.environ[name]}" for name, (value, what) in limits.items() if value > float(os.environ[name])]
if last and p95 > max(last["p95"] * float(os.environ["FACTOR"]), last["p95"] + 20):
    over.append(f"p95 is {p95 / max(last['p95'], 1):.1f} times that of the last good run, allowed {os.environ['FACTOR']}")
if over:
    sys.exit("over the budget: " + "; ".join(over))
END
`;
