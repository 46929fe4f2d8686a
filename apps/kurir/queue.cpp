// SPDX-License-Identifier: Apache-2.0
// kurir queue: lists the messages of both directions, newest first, one page at a time; or the
// stuck messages.
#include "kurir/commands.hpp"

#include "base/bytes.hpp"
#include "kurir/text.hpp"

#include <cstdio>

namespace kurir {

namespace {

// Returns the command that shows the next page: the same options, continued after the last row.
std::string older_page(const Words& words, const std::string& before)
{
    std::string line = "kurir queue";
    for (const auto& [name, value] : words.options)
        if (name != "--before") line += " " + name + " " + shown(value);
    return line + " --before " + before;
}

// Lists the stuck messages. Exit 1 if there are any, for monitoring.
int stuck(AdminClient& admin)
{
    const auto list = admin.get("/admin/stuck");
    if (!list) return admin.exit_code();
    const auto& items = list_of(*list, "items");
    const int exit = items.empty() ? ok : failed;
    if (admin.form() == Form::json) {
        print(*list);
        return exit;
    }
    std::vector<Row> rows;
    for (const auto& item : items) {
        if (!item.is_object()) continue;
        const auto& message = item.get_object();
        rows.push_back(
            {text_of(message, "id"), text_of(message, "direction"), text_of(message, "state"),
             text_of(message, "stuck"), text_of(message, "since"), text_of(message, "peer"),
             text_of(message, "recipient"), text_of(message, "last_error")}
        );
    }
    print_table(
        {"ID", "DIRECTION", "STATE", "WHY", "SINCE", "PEER", "RECIPIENT", "LAST ERROR"}, rows,
        "Nothing is stuck."
    );
    return exit;
}

// Returns the earliest time of the next try, or "when resumed" for a paused peer. The `not_before`
// of the peer can delay the try.
std::string next_try_of(const json::object& message, const json::object& peers)
{
    const auto due = text_of(message, "next_try");
    if (due == "-" || text_of(message, "direction") != "outbound") return due;
    for (const auto& item : list_of(peers, "items")) {
        if (!item.is_object()) continue;
        const auto& peer = item.get_object();
        if (text_of(peer, "name") != text_of(message, "peer")) continue;
        if (text_of(peer, "admin_state") == "paused") return "when resumed";
        // `probe` and `due` have the same format, so they can be compared as text.
        const auto probe = text_of(peer, "not_before");
        if (probe != "-" && probe > due) return probe;
    }
    return due;
}

} // namespace

std::string query_of(const Words& words, const std::vector<std::string>& names)
{
    std::string query;
    for (const auto& name : names) {
        if (const auto value = words.option("--" + name))
            query += (query.empty() ? "?" : "&") + name + "=" + base::percent_encode(*value);
    }
    return query;
}

int queue(AdminClient& admin, const Words& words)
{
    if (words.option("--stuck")) {
        if (words.options.size() == 1) return stuck(admin);
        std::fputs("kurir: --stuck stands alone: it lists all that is stuck\n", stderr);
        return usage;
    }
    const auto page = admin.get(
        "/admin/messages" +
        query_of(words, {"direction", "state", "participant", "limit", "before"})
    );
    if (!page) return admin.exit_code();
    if (admin.form() == Form::json) {
        print(*page);
        return ok;
    }
    const auto peers = admin.get("/admin/peers");
    if (!peers) return admin.exit_code();
    std::vector<Row> rows;
    for (const auto& item : list_of(*page, "items")) {
        if (!item.is_object()) continue;
        const auto& message = item.get_object();
        rows.push_back(
            {text_of(message, "id"), text_of(message, "direction"), text_of(message, "state"),
             text_of(message, "created"), text_of(message, "attempt_count"),
             next_try_of(message, *peers), text_of(message, "peer"), text_of(message, "recipient"),
             text_of(message, "last_error")}
        );
    }
    print_table(
        {"ID", "DIRECTION", "STATE", "CREATED", "TRIES", "NEXT TRY", "PEER", "RECIPIENT",
         "LAST ERROR"},
        rows, "No messages."
    );
    const auto next = text_of(*page, "next");
    const auto before = next.find("before=");
    if (before != std::string::npos)
        std::puts(("\nOlder ones: " +
                   older_page(words, next.substr(before + 7, next.find('&', before) - before - 7)))
                      .c_str());
    return ok;
}

} // namespace kurir
