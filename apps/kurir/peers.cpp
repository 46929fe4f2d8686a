// SPDX-License-Identifier: Apache-2.0
// kurir peers, pause, drain, resume, flush: shows the state of the destinations and changes it.
#include "kurir/commands.hpp"

#include "base/bytes.hpp"
#include "kurir/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>

namespace kurir {

namespace {

// Returns the path for the named peer, or for all peers. Returns nothing if the words name both or
// neither.
std::optional<std::string> path_of(const Words& words, const std::string& action)
{
    const bool all = words.option("--all").has_value();
    if (all != words.arguments.empty()) {
        std::fputs("kurir: name one peer, or --all\n", stderr);
        return std::nullopt;
    }
    if (all) return "/admin/" + action;
    return "/admin/peers/" + base::percent_encode(words.arguments.front()) + "/" + action;
}

std::optional<json::object>
post(AdminClient& admin, const std::string& path, const json::object& body)
{
    http::ClientRequest request;
    request.headers.set("Content-Type", "application/json");
    request.body = json::serialize(body);
    const auto response = admin.send(std::move(request), path);
    if (!response) return std::nullopt;
    boost::system::error_code failure;
    auto answer = json::parse(response->body, failure);
    if (!failure && answer.is_object()) return std::move(answer.get_object());
    std::fputs("kurir: kurird's answer is not JSON\n", stderr);
    return json::object();
}

// Returns "-" for the admin state "open". The table also shows the circuit breaker, where "open"
// means failure, so the word would mislead.
std::string admin_state_of(const json::object& peer)
{
    const auto admin_state = text_of(peer, "admin_state");
    return admin_state == "open" ? "-" : admin_state;
}

// Prints the certificates that keep messages from being sent. No circuit breaker opens for a
// certificate, so the table does not show them.
void tell_held(const json::object& peers)
{
    for (const auto& item : list_of(peers, "items")) {
        if (!item.is_object()) continue;
        const auto& peer = item.get_object();
        const auto held = text_of(peer, "held");
        if (held != "-")
            std::puts(("\n" + text_of(peer, "name") + ": messages are held: " + held).c_str());
    }
}

void tell(const json::object& peers)
{
    for (const auto& each : list_of(peers, "admin_states")) {
        if (!each.is_object()) continue;
        const auto& admin_state = each.get_object();
        const auto peer = text_of(admin_state, "peer");
        const auto reason = text_of(admin_state, "reason");
        std::puts(((peer == "-" ? "All" : peer) + ": " + text_of(admin_state, "admin_state") +
                   " since " + text_of(admin_state, "since") + (reason == "-" ? "" : ": " + reason))
                      .c_str());
    }
    if (!list_of(peers, "admin_states").empty()) std::puts("");
    std::vector<Row> rows;
    for (const auto& item : list_of(peers, "items")) {
        if (!item.is_object()) continue;
        const auto& peer = item.get_object();
        rows.push_back(
            {text_of(peer, "name"), text_of(peer, "breaker"), admin_state_of(peer),
             text_of(peer, "running") + "/" + text_of(peer, "slots"), text_of(peer, "not_before"),
             text_of(peer, "consecutive_failures"), text_of(peer, "last_failure")}
        );
    }
    print_table(
        {"PEER", "BREAKER", "ADMIN STATE", "RUNNING", "NOT BEFORE", "FAILURES", "LAST FAILURE"},
        rows, "No peers."
    );
    tell_held(peers);
}

int decide(AdminClient& admin, const Words& words, std::string_view admin_state)
{
    const auto path = path_of(words, "admin_state");
    if (!path) return usage;
    json::object body{{"admin_state", admin_state}};
    if (const auto reason = words.option("--reason"); reason && !reason->empty())
        body["reason"] = *reason;
    const auto answer = post(admin, *path, body);
    if (!answer) return admin.exit_code();
    if (admin.form() == Form::json)
        print(*answer);
    else
        tell(*answer);
    return ok;
}

// Prints why flushed messages may still not be sent.
void tell_obstacles(const json::object& peers, const Words& words)
{
    for (const auto& item : list_of(peers, "items")) {
        if (!item.is_object()) continue;
        const auto& peer = item.get_object();
        const auto name = text_of(peer, "name");
        if (!words.arguments.empty() && words.arguments.front() != name) continue;
        if (admin_state_of(peer) == "paused")
            std::puts((name + " is paused: nothing goes there until it is resumed.").c_str());
        else if (text_of(peer, "breaker") != "closed")
            std::puts((name +
                       " was down: one message tries it now, the others follow if it gets through.")
                          .c_str());
    }
}

} // namespace

int peers(AdminClient& admin, const Words&)
{
    const auto answer = admin.get("/admin/peers");
    if (!answer) return admin.exit_code();
    if (admin.form() == Form::json)
        print(*answer);
    else
        tell(*answer);
    return ok;
}

int pause(AdminClient& admin, const Words& words)
{
    return decide(admin, words, "paused");
}

int drain(AdminClient& admin, const Words& words)
{
    return decide(admin, words, "drained");
}

int resume(AdminClient& admin, const Words& words)
{
    return decide(admin, words, "open");
}

int flush(AdminClient& admin, const Words& words)
{
    const auto path = path_of(words, "flush");
    if (!path) return usage;
    const auto answer = post(admin, *path, {});
    if (!answer) return admin.exit_code();
    if (admin.form() == Form::json) {
        print(*answer);
        return ok;
    }
    std::puts((text_of(*answer, "messages") + " brought forward.").c_str());
    const auto peers = admin.get("/admin/peers");
    if (!peers) return admin.exit_code();
    tell_obstacles(*peers, words);
    return ok;
}

} // namespace kurir
