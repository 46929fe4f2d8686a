// SPDX-License-Identifier: Apache-2.0
// kurir status: prints the health of the service, its messages and its peers. Exit 1, for
// monitoring, if a message waits too long or is stuck, new messages are refused, another program
// blocks the store's lock or log, a peer is down, a certificate holds messages, or the clock is
// suspected.
#include "kurir/commands.hpp"

#include "base/time.hpp"
#include "base/units.hpp"
#include "kurir/door_line.hpp"
#include "kurir/store_obstacles.hpp"
#include "kurir/text.hpp"

#include <cstdio>

namespace kurir {

namespace {

// True if the oldest message that is queued or deferred has waited longer than `late`.
bool waits_too_long(const json::object& counts, base::Duration late, base::Time now)
{
    const auto oldest = base::parse_time(text_of(counts, "oldest_waiting"));
    return oldest && now - *oldest > late;
}

std::string count_line(const json::object& counts)
{
    std::string line;
    const auto* by_state = counts.if_contains("by_state");
    if (!by_state || !by_state->is_object()) return "-";
    for (const auto& member : by_state->get_object())
        line += (line.empty() ? "" : ", ") + text_of(by_state->get_object(), member.key()) + " " +
                std::string(member.key());
    return line.empty() ? "none" : line;
}

std::string stuck_line(const json::object& status)
{
    const auto stuck = text_of(status, "stuck");
    return stuck == "0" ? "none" : stuck + ", see kurir queue --stuck";
}

bool takes_more(const json::object& status)
{
    return text_of(status, "takes_more") != "false";
}

std::string disk_line(const json::object& status)
{
    const auto free = base::parse_size(text_of(status, "disk_free") + "B");
    return free ? std::to_string(*free >> 20) + " MB" : "unknown";
}

// Describes a shortage together with the limit that causes refusals.
std::string limit_of(const std::string& shortage)
{
    if (shortage == "disk") return "free space is below pressure.disk_stop";
    if (shortage == "inodes") return "too few inodes are free on the disk of node.data_dir";
    if (shortage == "queue") return "more messages wait than pressure.queue_stop";
    if (shortage == "memory") return "more waits for the disk than pressure.memory_stop";
    if (shortage == "lock") return "another program holds a lock on the store";
    if (shortage == "log") return "the store's write-ahead log is longer than pressure.log_stop";
    return "short of " + shortage;
}

std::string shortages_of(const json::object& status)
{
    std::string text;
    for (const auto& each : list_of(status, "short_of"))
        if (each.is_string())
            text += (text.empty() ? "" : "; ") + limit_of(std::string(each.get_string()));
    return text;
}

// Says whether new messages are accepted and, if not, why.
std::string intake_line(const json::object& status)
{
    if (!takes_more(status)) return "no: drained, see kurir peers";
    const auto why = shortages_of(status);
    return why.empty() ? "yes" : "not now: " + why;
}

std::string clock_line(const json::object& status)
{
    const auto suspicion = text_of(status, "clock_suspicion");
    if (!suspicion.empty() && suspicion != "-") return "suspected to be wrong, see below";
    const auto jumped = text_of(status, "clock_jumped");
    const bool runs = jumped.empty() || jumped == "-";
    return runs ? "runs evenly"
                : "jumped by " + jumped + " s, not believed: see clock_jumped in the log";
}

// Returns the breaker and, unless "open", the admin state: "closed" or "open, paused".
std::string condition(const json::object& peer)
{
    const auto admin_state = text_of(peer, "admin_state");
    return text_of(peer, "breaker") + (admin_state == "open" ? "" : ", " + admin_state);
}

// Returns one line for each reason why messages to a peer are not delivered.
std::vector<std::string> obstacles(const json::object& status)
{
    std::vector<std::string> lines;
    for (const auto& item : list_of(status, "peers")) {
        if (!item.is_object()) continue;
        const auto& peer = item.get_object();
        const auto name = text_of(peer, "name");
        const auto held = text_of(peer, "held");
        if (held != "-") lines.push_back("messages to " + name + " are held: " + held);
        const auto breaker = text_of(peer, "breaker");
        if (breaker == "open" || breaker == "probing")
            lines.push_back(
                name + " has failed since " + text_of(peer, "failing_since") + ": " +
                text_of(peer, "last_failure")
            );
    }
    return lines;
}

void tell(const json::object& status, const json::object& counts)
{
    std::vector<std::pair<std::string, std::string>> fields = {
        {"Program",
         "kurird " + text_of(status, "version") + ", running since " + text_of(status, "started")},
        {"Party", text_of(status, "party_id")},
        {"Serves", joined(list_of(status, "participants"))},
        {"Messages", count_line(counts)},
        {"Sending now", text_of(status, "sending_now")},
        {"Oldest waiting", text_of(counts, "oldest_waiting")},
        {"Stuck", stuck_line(status)},
        {"Takes more", intake_line(status)},
        {"Disk free", disk_line(status)},
        {"Store", store_obstacles(status).line},
        {"Clock", clock_line(status)},
        {"Signs until", text_of(status, "signing_expires")}
    };
    for (const auto& door : list_of(status, "doors"))
        if (door.is_object())
            fields.emplace_back(
                "Door " + text_of(door.get_object(), "name"), door_line(door.get_object())
            );
    print_fields(fields);
    std::vector<Row> rows;
    for (const auto& peer : list_of(status, "peers")) {
        if (!peer.is_object()) continue;
        const auto& object = peer.get_object();
        rows.push_back(
            {text_of(object, "name"), condition(object), text_of(object, "party_id"),
             text_of(object, "encryption_expires"), text_of(object, "url"),
             joined(list_of(object, "participants"))}
        );
    }
    std::puts("");
    print_table(
        {"PEER", "BREAKER", "PARTY", "CERTIFICATE UNTIL", "URL", "PARTICIPANTS"}, rows, "No peers."
    );
}

} // namespace

int status(AdminClient& admin, const Words& words)
{
    const auto late = base::parse_duration(words.option("--late").value_or("1h"));
    if (!late) {
        std::fputs("kurir: --late takes a duration, like 30m\n", stderr);
        return usage;
    }
    const auto status = admin.get("/admin/status");
    if (!status) return admin.exit_code();
    const auto* counts = status->if_contains("counts");
    const auto known = counts && counts->is_object() ? counts->get_object() : json::object();
    const bool waits = waits_too_long(known, *late, base::now());
    const bool stuck = text_of(*status, "stuck") != "0";
    const auto of_store = store_obstacles(*status).problems;
    const auto short_of = shortages_of(*status);
    const auto suspicion = text_of(*status, "clock_suspicion");
    const bool suspected = !suspicion.empty() && suspicion != "-";
    const auto blocked = obstacles(*status);
    const bool problem =
        waits || stuck || suspected || !of_store.empty() || !short_of.empty() || !blocked.empty();
    if (admin.form() == Form::json) {
        print(*status);
        return problem ? failed : ok;
    }
    tell(*status, known);
    if (suspected) std::puts(("\nProblem: " + suspicion + ".").c_str());
    for (const auto& line : blocked)
        std::puts(("\nProblem: " + line + ".").c_str());
    if (stuck)
        std::puts("\nProblem: somebody must act on what is stuck.\nSee kurir queue --stuck.");
    if (!short_of.empty())
        std::puts(("\nProblem: new messages get 503: " + short_of + ".").c_str());
    for (const auto& paragraph : of_store)
        std::puts(("\nProblem: " + paragraph).c_str());
    if (waits)
        std::puts(("\nProblem: a message has waited longer than " + base::to_text(*late) +
                   ".\nSee kurir peers, and kurir queue --state queued or --state deferred.")
                      .c_str());
    return problem ? failed : ok;
}

} // namespace kurir
