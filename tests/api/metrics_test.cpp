// SPDX-License-Identifier: Apache-2.0
// What the doors tell to whom watches the service. That others can read the text, tests/system
// shows.
#include "doors.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <future>

using doors::body_of;
using doors::Pair;
namespace asio = boost::asio;

namespace {

struct Seen {
    std::string text;
    // The value of a series, with its labels.
    std::string operator[](const std::string& series) const
    {
        const auto at = text.find("\n" + series + " ");
        if (at == std::string::npos) return "absent";
        const auto value = at + series.size() + 2;
        return text.substr(value, text.find('\n', value) - value);
    }
};

Seen scrape(Pair& pair, api::AdminDoor& door)
{
    const auto response = pair.ask(door, Pair::request("", "GET", "/metrics"));
    CHECK(response.status == 200);
    CHECK(response.headers.get("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    return {response.body};
}

std::string peer_of(Pair& pair, api::AdminDoor& door)
{
    const auto status = body_of(pair.ask(door, Pair::request("", "GET", "/admin/status")));
    return std::string(status.at("peers").at(0).at("name").as_string());
}

} // namespace

TEST_CASE("a delivered message shows in the metrics of both sides", "[api]")
{
    Pair pair;
    pair.deliver(pair.document());
    const auto a = scrape(pair, pair.admin_a);
    const auto b = scrape(pair, pair.admin_b);
    const auto peer = "peer=\"" + peer_of(pair, pair.admin_a) + "\"";
    CHECK(a["kurir_messages{state=\"delivered\"," + peer + "}"] == "1");
    CHECK(a["kurir_messages{state=\"queued\"," + peer + "}"] == "0");
    CHECK(a["kurir_attempts_total{" + peer + "}"] == "1");
    CHECK(a["kurir_attempt_failures_total{" + peer + "}"] == "0");
    CHECK(std::stod(a["kurir_destination_exchange_seconds{" + peer + "}"]) > 0);
    CHECK(a["kurir_destination_breaker{" + peer + ",breaker=\"closed\"}"] == "1");
    CHECK(a["kurir_destination_breaker{" + peer + ",breaker=\"open\"}"] == "0");
    CHECK(a["kurir_destination_admin_state{" + peer + ",admin_state=\"open\"}"] == "1");
    CHECK(a["kurir_submissions_total{kept=\"first\"}"] == "1");
    CHECK(a["kurir_settled_total{state=\"delivered\"}"] == "1");
    CHECK(a["kurir_delivery_seconds_count"] == "1");
    CHECK(a["kurir_oldest_message_age_seconds{state=\"queued\"}"] == "0");
    CHECK(a["kurir_store_readable"] == "1");
    CHECK(a["kurir_build_info{version=\"1.2.3\"}"] == "1");
    CHECK(a["process_start_time_seconds"] == "0");
    CHECK(a["kurir_stuck_messages{why=\"overdue\"}"] == "0");
    CHECK(std::stod(a["kurir_commits_total"]) > 0);
    CHECK(std::stod(a["kurir_fsyncs_total"]) > 0);
    CHECK(std::stod(a["process_resident_memory_bytes"]) > 1e6);
    CHECK(std::stod(a["process_open_fds"]) > 2);
    CHECK(std::stod(a["kurir_signing_certificate_not_after_seconds"]) > 1.7e9);
    CHECK(b["kurir_received_total{as=\"message\"}"] == "1");
    CHECK(b["kurir_receive_seconds_count"] == "1");
    CHECK(b["kurir_handed_over_total"] == "0");
}

TEST_CASE("a submission that came before, and an inbox item's way out, are counted", "[api]")
{
    Pair pair;
    const auto document = pair.document();
    pair.deliver(document);
    pair.submit(document);
    CHECK(scrape(pair, pair.admin_a)["kurir_submissions_total{kept=\"again\"}"] == "1");
    const auto leased = body_of(pair.ask(
        pair.rest_b, Pair::request("mt-b", "POST", "/v1/inbox/lease", "{}", "application/json")
    ));
    const auto& item = leased.at("items").at(0);
    const auto path = "/v1/inbox/" + std::string(item.at("id").as_string()) + "/ack";
    const auto lease = "{\"lease\": \"" + std::string(item.at("lease").as_string()) + "\"}";
    CHECK(scrape(pair, pair.admin_b)["kurir_handed_over_total"] == "1");
    pair.ask(pair.rest_b, Pair::request("mt-b", "POST", path, lease, "application/json"));
    CHECK(scrape(pair, pair.admin_b)["kurir_acknowledged_total"] == "1");
}

TEST_CASE(
    "a stranger's request counts under its error's code and shows nothing else of it", "[api]"
)
{
    Pair pair;
    support::ScriptedRequest request("POST", "/as4", "<stranger/>", 1000);
    request.fields.set("Content-Type", "application/soap+xml");
    support::wait_for(pair.io, pair.b.msh().receive(request));
    const auto b = scrape(pair, pair.admin_b);
    CHECK(b.text.find("kurir_received_errors_total{code=\"EBMS:") != std::string::npos);
    CHECK(b.text.find("stranger") == std::string::npos);
}

TEST_CASE("free space that nobody has measured yet is not told as none", "[api]")
{
    Pair pair; // B's loops do not run
    CHECK(scrape(pair, pair.admin_b).text.find("kurir_disk_free_bytes") == std::string::npos);
    const auto status = body_of(pair.ask(pair.admin_b, Pair::request("", "GET", "/admin/status")));
    CHECK(status.at("disk_free").is_null());
}

TEST_CASE("a clock that has jumped is shown", "[api]")
{
    Pair pair;
    const auto status = [&] {
        return body_of(pair.ask(pair.admin_a, Pair::request("", "GET", "/admin/status")));
    };
    CHECK(status().at("clock_jumped").is_null());
    CHECK(
        scrape(pair, pair.admin_a).text.find("kurir_clock_jump_seconds 0\n") != std::string::npos
    );
    pair.ahead = std::chrono::hours(-2);
    // The two clocks are read one after the other, so a millisecond may lie between them.
    CHECK(std::abs(status().at("clock_jumped").to_number<double>() + 7200) <= 1);
    const auto told = std::stod(scrape(pair, pair.admin_a)["kurir_clock_jump_seconds"]);
    CHECK(told == Approx(-7200).margin(1));
}

TEST_CASE("the connections of each door are shown, and who holds most", "[api]")
{
    Pair pair;
    http::ConnectionFigures figures;
    figures.now[static_cast<std::size_t>(http::Phase::waiting)] = 5;
    figures.now[static_cast<std::size_t>(http::Phase::header)] = 7;
    figures.now[static_cast<std::size_t>(http::Phase::answer)] = 1;
    figures.dropped[static_cast<std::size_t>(http::Phase::idle)] = 3;
    figures.refused = 2;
    figures.refused_certificates = 4;
    figures.limit = 8;
    figures.full = true;
    figures.busiest_address = "192.0.2.7";
    figures.of_address = 6;
    figures.address_at_share = true;
    const auto doors = [&] { return std::vector<api::DoorFigures>{{"as4", figures}}; };
    api::AdminDoor door(pair.a.msh(), {"1.2.3", base::Time{}, doors});
    auto shown = scrape(pair, door);
    CHECK(shown["kurir_connections{door=\"as4\",phase=\"header\"}"] == "7");
    CHECK(shown["kurir_connections{door=\"as4\",phase=\"body\"}"] == "0");
    CHECK(shown["kurir_connections_limit{door=\"as4\"}"] == "8");
    CHECK(shown["kurir_connections_dropped_total{door=\"as4\",phase=\"idle\"}"] == "3");
    CHECK(shown["kurir_connections_refused_total{door=\"as4\",for=\"slot\"}"] == "2");
    CHECK(shown["kurir_connections_refused_total{door=\"as4\",for=\"certificate\"}"] == "4");
    const auto status = body_of(pair.ask(door, Pair::request("", "GET", "/admin/status")));
    const auto& told = status.at("doors").at(0);
    CHECK(told.at("name") == "as4");
    CHECK(told.at("connections") == 8);
    CHECK(told.at("full") == true);
    CHECK(told.at("phases").at("waiting") == 5);
    CHECK(told.at("busiest_address").at("who") == "192.0.2.7");
    CHECK(told.at("busiest_address").at("connections") == 6);
    CHECK(told.at("busiest_address").at("at_share") == true);
    CHECK(told.at("busiest_certificate").is_null());
}

TEST_CASE("no participant and no message is named in the metrics", "[api]")
{
    Pair pair;
    const auto message = pair.deliver(pair.document());
    for (auto* door : {&pair.admin_a, &pair.admin_b}) {
        const auto text = scrape(pair, *door).text;
        CHECK(text.find(pair.a.participant) == std::string::npos);
        CHECK(text.find(pair.b.participant) == std::string::npos);
        CHECK(text.find(message.at("message_id").as_string().c_str()) == std::string::npos);
    }
}

TEST_CASE("the metrics' own door has metrics and health and nothing else", "[api]")
{
    Pair pair;
    api::MetricsDoor door(pair.a.msh(), {"1.2.3", base::Time{}});
    const auto ask = [&](const std::string& method, const std::string& path) {
        return pair.ask(door, Pair::request("", method, path));
    };
    CHECK(ask("GET", "/metrics").body.find("kurir_build_info") != std::string::npos);
    CHECK(body_of(ask("GET", "/healthz")).at("status").as_string() == "ok");
    CHECK(ask("POST", "/metrics").status == 405);
    for (const char* path : {"/", "/v1/messages", "/admin/status", "/metrics/"})
        CHECK(ask("GET", path).status == 404);
}

TEST_CASE("health says degraded while nothing more is taken, and 503 while stopping", "[api]")
{
    Pair pair;
    const auto health = [&] { return pair.ask(pair.rest_a, Pair::request("", "GET", "/healthz")); };
    CHECK(body_of(health()).at("status").as_string() == "ok");
    const auto drained = support::wait_for(
        pair.io, pair.a.msh().set_admin_state("", queue::AdminState::drained, "x")
    );
    REQUIRE(drained);
    CHECK(health().status == 200);
    CHECK(body_of(health()).at("status").as_string() == "degraded");
    const auto stop = [&]() -> asio::awaitable<bool> {
        co_await pair.a.msh().stop(std::chrono::seconds(1));
        co_return true;
    };
    support::wait_for<bool>(pair.io, stop());
    CHECK(health().status == 503);
    CHECK(body_of(health()).at("status").as_string() == "stopping");
}

TEST_CASE("health says degraded while the disk is short, and the metrics why", "[api]")
{
    Pair pair;
    msh::Settings settings;
    settings.watermarks.disk_stop = std::uint64_t{1} << 62;
    settings.watermarks.disk_resume = settings.watermarks.disk_stop;
    support::AccessPoint full(pair.io, pair.exchange.a, {}, settings);
    api::RestDoor rest(full.msh(), {});
    api::AdminDoor admin(full.msh(), {"1.2.3", base::Time{}});
    full.msh().start();
    REQUIRE(support::run_until(pair.io, [&] { return full.msh().pressure().measured(); }));
    const auto health = pair.ask(rest, Pair::request("", "GET", "/healthz"));
    CHECK(health.status == 200);
    CHECK(body_of(health).at("status").as_string() == "degraded");
    const auto status = body_of(pair.ask(admin, Pair::request("", "GET", "/admin/status")));
    CHECK(status.at("short_of") == boost::json::value{"disk"});
    CHECK(scrape(pair, admin)["kurir_watermark{of=\"disk\",at=\"stop\"}"] == "4611686018427387904");
    const auto stop = [&]() -> asio::awaitable<bool> {
        co_await full.msh().stop(std::chrono::seconds(1));
        co_return true;
    };
    support::wait_for<bool>(pair.io, stop());
    pair.io.restart();
    pair.io.run_for(std::chrono::milliseconds(50));
}

TEST_CASE("messages of a peer that was removed count together, under no name", "[api]")
{
    Pair pair;
    for (const auto* peer : {"removed-1", "removed-2"}) {
        queue::Outbound orphan;
        orphan.id = base::uuid();
        orphan.header.message_id = std::string(peer) + "@a";
        orphan.header.peer = peer;
        orphan.created = base::now() + std::chrono::hours(1); // a clock that was set back since
        orphan.expires = base::now() + std::chrono::hours(2);
        std::promise<void> kept;
        pair.a.queue().enqueue(std::move(orphan), [&](const auto&) { kept.set_value(); });
        kept.get_future().wait();
    }
    const auto seen = scrape(pair, pair.admin_a);
    CHECK(seen["kurir_messages{state=\"queued\",peer=\"\"}"] == "2");
    CHECK(seen.text.find("removed-") == std::string::npos);
    CHECK(seen["kurir_oldest_message_age_seconds{state=\"queued\"}"] == "0");
}

TEST_CASE("test messages are counted apart from those that somebody fetches", "[api]")
{
    Pair pair;
    const auto peer = pair.a.msh().pmodes().peers().front().name;
    REQUIRE(support::wait_for(pair.io, pair.a.msh().ping(peer, std::chrono::seconds(5))));
    const auto b = scrape(pair, pair.admin_b);
    CHECK(b["kurir_received_total{as=\"test\"}"] == "1");
    CHECK(b["kurir_received_total{as=\"message\"}"] == "0");
}
