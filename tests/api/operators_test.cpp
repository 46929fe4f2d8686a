// SPDX-License-Identifier: Apache-2.0
// Pause, drain, resume and flush at the operator's door, and what clients see of them.
#include "doors.hpp"

#include <catch2/catch.hpp>

#include <future>

using doors::body_of;
using doors::Pair;

namespace {

http::Response get(Pair& pair, const std::string& path)
{
    return pair.ask(pair.admin_a, Pair::request("", "GET", path));
}

http::Response post(Pair& pair, const std::string& path, const std::string& body = "{}")
{
    return pair.ask(pair.admin_a, Pair::request("", "POST", path, body, "application/json"));
}

std::string peer_path(Pair& pair, const std::string& path)
{
    return "/admin/peers/" + pair.a.msh().pmodes().peers().front().name + "/" + path;
}

std::string text(const boost::json::value& value)
{
    return std::string(value.as_string());
}

} // namespace

TEST_CASE("the operator sees how each destination does", "[api]")
{
    Pair pair;
    pair.deliver(pair.document());
    const auto peers = body_of(get(pair, "/admin/peers"));
    CHECK(peers.at("admin_states").as_array().empty());
    REQUIRE(peers.at("items").as_array().size() == 1);
    const auto& peer = peers.at("items").at(0);
    CHECK(text(peer.at("name")) == pair.a.msh().pmodes().peers().front().name);
    CHECK(text(peer.at("breaker")) == "closed");
    CHECK(text(peer.at("admin_state")) == "open");
    CHECK(peer.at("reason").is_null());
    CHECK(peer.at("not_before").is_null());
    CHECK(peer.at("attempts").as_int64() == 1);
    CHECK(peer.at("failures").as_int64() == 0);
}

TEST_CASE("a pause with its reason is shown, in the status too, until it is resumed", "[api]")
{
    Pair pair;
    const auto paused = post(
        pair, peer_path(pair, "admin_state"), R"({"admin_state":"paused","reason":"upgrade"})"
    );
    REQUIRE(paused.status == 200);
    const auto shown = body_of(paused);
    CHECK(text(shown.at("items").at(0).at("admin_state")) == "paused");
    CHECK(text(shown.at("items").at(0).at("reason")) == "upgrade");
    CHECK(text(shown.at("admin_states").at(0).at("admin_state")) == "paused");
    CHECK(text(shown.at("admin_states").at(0).at("since")).starts_with("20"));
    const auto status = body_of(get(pair, "/admin/status"));
    CHECK(text(status.at("peers").at(0).at("admin_state")) == "paused");
    CHECK(text(status.at("peers").at(0).at("breaker")) == "closed");
    CHECK(status.at("takes_more").as_bool());

    const auto resumed =
        body_of(post(pair, peer_path(pair, "admin_state"), R"({"admin_state":"open"})"));
    CHECK(text(resumed.at("items").at(0).at("admin_state")) == "open");
    CHECK(resumed.at("admin_states").as_array().empty());
}

TEST_CASE("who submits for a drained destination is told to come again", "[api]")
{
    Pair pair;
    const bool all = GENERATE(false, true);
    const auto path = all ? std::string("/admin/admin_state") : peer_path(pair, "admin_state");
    REQUIRE(post(pair, path, R"({"admin_state":"drained"})").status == 200);
    const auto refused = pair.submit(pair.document());
    CHECK(refused.status == 503);
    CHECK(std::stoi(refused.headers.get("Retry-After").value_or("0")) > 0);
    const auto problem = body_of(refused);
    CHECK(text(problem.at("code")) == "drained");
    CHECK(problem.at("retryable").as_bool());
    CHECK(body_of(get(pair, "/admin/status")).at("takes_more").as_bool() == !all);
    if (all)
        CHECK(body_of(get(pair, "/admin/peers")).at("admin_states").at(0).at("peer").is_null());

    REQUIRE(post(pair, path, R"({"admin_state":"open"})").status == 200);
    CHECK(pair.submit(pair.document()).status == 202);
}

TEST_CASE("a flush says how many messages it brought forward", "[api]")
{
    Pair pair;
    const bool all = GENERATE(false, true);
    const auto path = all ? std::string("/admin/flush") : peer_path(pair, "flush");
    const auto flushed = post(pair, path);
    REQUIRE(flushed.status == 200);
    CHECK(body_of(flushed).at("messages").as_int64() == 0);
}

TEST_CASE("what is stuck is listed with the reason, and counted in the status", "[api]")
{
    Pair pair;
    CHECK(body_of(get(pair, "/admin/stuck")).at("items").as_array().empty());
    CHECK(body_of(get(pair, "/admin/status")).at("stuck").as_int64() == 0);
    const auto id = base::uuid();
    queue::Outbound old;
    old.id = id;
    old.header.message_id = "old@a";
    old.header.peer = pair.a.msh().pmodes().peers().front().name;
    old.created = base::now() - std::chrono::hours(1);
    old.expires = base::now() + std::chrono::hours(1);
    REQUIRE(post(pair, "/admin/admin_state", R"({"admin_state":"paused"})").status == 200);
    std::promise<void> kept; // the writer's thread says so
    pair.a.queue().enqueue(std::move(old), [&](const auto&) { kept.set_value(); });
    kept.get_future().wait();
    const auto stuck = body_of(get(pair, "/admin/stuck"));
    REQUIRE(stuck.at("items").as_array().size() == 1);
    CHECK(text(stuck.at("items").at(0).at("id")) == id);
    CHECK(text(stuck.at("items").at(0).at("stuck")) == "overdue");
    CHECK(text(stuck.at("items").at(0).at("since")).starts_with("20"));
    CHECK(body_of(get(pair, "/admin/status")).at("stuck").as_int64() == 1);
}

TEST_CASE("what waits for a peer that was removed is told as that", "[api]")
{
    Pair pair;
    queue::Outbound orphan;
    orphan.id = base::uuid();
    orphan.header.message_id = "orphan@a";
    orphan.header.peer = "removed";
    orphan.created = base::now();
    orphan.expires = base::now() + std::chrono::hours(1);
    std::promise<void> kept;
    pair.a.queue().enqueue(std::move(orphan), [&](const auto&) { kept.set_value(); });
    kept.get_future().wait();
    const auto stuck = body_of(get(pair, "/admin/stuck"));
    REQUIRE(stuck.at("items").as_array().size() == 1);
    CHECK(text(stuck.at("items").at(0).at("stuck")) == "no_peer");
    CHECK(text(stuck.at("items").at(0).at("peer")) == "removed");
    CHECK(
        get(pair, "/metrics").body.find("kurir_stuck_messages{why=\"no_peer\"} 1") !=
        std::string::npos
    );
}

TEST_CASE("a decision that is not clear is refused", "[api]")
{
    Pair pair;
    const auto path = peer_path(pair, "admin_state");
    for (const char* body :
         {"{}", R"({"admin_state":"stopped"})", R"({"admin_state":1})",
          R"({"admin_state":"open","x":1})", R"({"admin_state":"paused","reason":1})"})
        CHECK(post(pair, path, body).status == 400);
    const auto long_reason =
        R"({"admin_state":"paused","reason":")" + std::string(501, 'x') + "\"}";
    CHECK(post(pair, path, long_reason).status == 400);
    CHECK(post(pair, peer_path(pair, "flush"), R"({"peer":"x"})").status == 400);
    for (const char* other : {"/admin/peers/nobody/admin_state", "/admin/peers/nobody/flush"}) {
        const auto none = post(
            pair, other,
            std::string(other).ends_with("flush") ? "{}" : R"({"admin_state":"paused"})"
        );
        CHECK(none.status == 404);
        CHECK(text(body_of(none).at("code")) == "no_such_peer");
    }
    CHECK(body_of(get(pair, "/admin/peers")).at("admin_states").as_array().empty());
    // No client's business.
    CHECK(pair.ask(pair.rest_a, Pair::request("mt-a", "GET", "/admin/peers")).status == 404);
}

TEST_CASE("a client asks for a shorter time to live with its document", "[api]")
{
    Pair pair;
    REQUIRE(post(pair, "/admin/admin_state", R"({"admin_state":"paused"})").status == 200);
    const auto submit = [&](const std::string& time) {
        auto request =
            Pair::request("mt-a", "POST", "/v1/messages", pair.document(), "application/xml");
        request.queries = {{"time_to_live", time}};
        return pair.ask(pair.rest_a, std::move(request));
    };
    const auto taken = submit("2h");
    REQUIRE(taken.status == 202);
    const auto message = pair.message(text(body_of(taken).at("id")));
    const auto time = *base::parse_time(text(message.at("expires"))) -
                      *base::parse_time(text(message.at("created")));
    CHECK(time == std::chrono::hours(2));
    for (const char* wrong : {"", "2", "0s", "-1h", "2 hours"})
        CHECK(submit(wrong).status == 400);
    CHECK(submit("25h").status == 422);
    auto form = Pair::request(
        "mt-a", "POST", "/v1/messages", "--b--\r\n", "multipart/form-data; boundary=b"
    );
    form.queries = {{"time_to_live", "2h"}};
    const auto misplaced = pair.ask(pair.rest_a, form);
    CHECK(misplaced.status == 400);
    CHECK(text(body_of(misplaced).at("detail")).find("description") != std::string::npos);
}
