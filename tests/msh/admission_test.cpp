// SPDX-License-Identifier: Apache-2.0
// Over its watermarks the service refuses before it reads; what empties the queue goes on.
#include "pair.hpp"
#include "support/held_request.hpp"

#include <future>

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// B, whose marks the test chooses; measured once start() is called.
struct Measured {
    asio::io_context io{1};
    support::Exchange exchange;
    support::AccessPoint b;
    bool started = false;

    explicit Measured(msh::Settings settings = {}) : b(io, exchange.b, {}, std::move(settings)) {}
    ~Measured()
    {
        if (!started) return;
        const auto stop = [this]() -> asio::awaitable<bool> {
            co_await b.msh().stop(1s);
            co_return true;
        };
        support::wait_for<bool>(io, stop());
        io.restart();
        io.run_for(50ms);
    }
    void start()
    {
        const auto nobody = [](support::HttpBody) -> asio::awaitable<pair::Sent> {
            co_return base::Error(http::errc::cannot_connect);
        };
        b.network = nobody;
        b.msh().start();
        started = true;
        REQUIRE(support::run_until(io, [this] { return b.msh().pressure().measured(); }));
    }
    support::HttpBody wire()
    {
        const auto packed = support::pack(exchange.a, exchange.b, base::now());
        return support::wire(packed, exchange.a, exchange.b);
    }
    support::ScriptedRequest request()
    {
        const auto body = wire();
        support::ScriptedRequest made("POST", "/as4", body.octets);
        made.fields.set("Content-Type", body.content_type);
        return made;
    }
    http::Response receive(http::Request& request)
    {
        return support::wait_for<http::Response>(io, b.msh().receive(request));
    }
    base::Result<msh::Submitted> submit()
    {
        const auto document =
            support::xhe("id-1", b.participant, "0203:ap0001-test.example", "<a/>");
        support::ScriptedRequest request("POST", "/v1/messages", document);
        const msh::Caller caller{"mt", {b.participant}};
        return support::wait_for<base::Result<msh::Submitted>>(io, b.msh().submit(caller, request));
    }
    std::uint64_t refusals(msh::Shortage of)
    {
        return b.msh().pressure().refusals().at(static_cast<std::size_t>(of));
    }
};

// Whether the handler asked for the body.
bool was_read(support::ScriptedRequest& request)
{
    asio::io_context io;
    const auto piece =
        support::wait_for<base::Result<std::optional<base::BytesView>>>(io, request.read());
    return !piece || !piece->has_value() || !(*piece)->starts_with("--");
}

msh::Settings with_marks(const msh::Watermarks& marks)
{
    msh::Settings settings;
    settings.watermarks = marks;
    return settings;
}

constexpr std::uint64_t more_than_any_disk = 1ull << 60;

} // namespace

TEST_CASE("without enough free disk nothing is taken, unread, and the inbox goes on", "[msh]")
{
    Measured node(with_marks({.disk_close = more_than_any_disk, .disk_open = more_than_any_disk}));
    auto kept = node.request();
    REQUIRE(node.receive(kept).status == 200); // nothing was measured yet
    node.start();
    auto request = node.request();
    const auto answer = node.receive(request);
    CHECK(answer.status == 503);
    const auto wait = std::stoi(answer.headers.get("Retry-After").value());
    CHECK(wait >= 30);
    CHECK(wait <= 45);
    CHECK_FALSE(answer.close); // a refused peer need not connect anew
    CHECK_FALSE(was_read(request));
    CHECK(node.submit().error().code == msh::errc::disk_short);
    CHECK(node.refusals(msh::Shortage::disk) == 2);

    const msh::Caller caller{"mt", {node.b.participant}};
    const auto items = support::wait_for<base::Result<std::vector<msh::InboxItem>>>(
        node.io, node.b.msh().lease(caller, 10, 1min)
    );
    REQUIRE(items.value().size() == 1);
    const auto& item = items->front();
    CHECK(support::wait_for<base::Result<>>(
        node.io, node.b.msh().acknowledge(caller, item.id, item.lease)
    ));
}

TEST_CASE("a message that is arriving is stopped before it takes what is reserved", "[msh]")
{
    Measured node(with_marks({.disk_close = more_than_any_disk, .disk_open = more_than_any_disk}));
    const auto body = node.wire();
    support::HeldRequest request(node.io, body, body.octets.size() - 60);
    std::optional<http::Response> answer;
    const auto done = [&](std::exception_ptr, http::Response given) {
        answer.emplace(std::move(given));
    };
    asio::co_spawn(node.io, node.b.msh().receive(request), done);
    REQUIRE(support::run_until(node.io, [&] { return request.waits(); }));
    node.start();
    request.release(true);
    REQUIRE(support::run_until(node.io, [&] { return answer.has_value(); }));
    CHECK(answer->status == 503);
    CHECK(node.b.queue().list({})->empty());
}

TEST_CASE("a queue that is full takes no submission, and messages from peers still", "[msh]")
{
    Measured node(with_marks({.queue_close = 1, .queue_open = 0}));
    node.start();
    REQUIRE(node.submit());
    const auto again = node.submit(); // the first is counted when it is kept
    REQUIRE_FALSE(again);
    CHECK(again.error().code == msh::errc::queue_full);
    auto request = node.request();
    CHECK(node.receive(request).status == 200);
}

TEST_CASE("while sending is behind few submissions are taken in at once", "[msh]")
{
    msh::Settings settings;
    settings.submitting_behind = 0;
    settings.watermarks.behind = 0;
    Measured node(std::move(settings));
    REQUIRE(node.submit()); // before anything was measured
    const auto behind = [&] { return node.b.msh().pressure().sending_is_behind(); };
    SECTION("a message without an attempt, to a peer that takes messages")
    {
        queue::Outbound waiting;
        waiting.id = base::uuid();
        waiting.header.message_id = "waiting@b";
        waiting.header.peer = node.b.msh().pmodes().peers().front().name;
        waiting.created = base::now() + 1h; // not due yet
        waiting.expires = base::now() + 24h;
        std::promise<void> kept;
        node.b.queue().enqueue(std::move(waiting), [&](const auto&) { kept.set_value(); });
        kept.get_future().wait();
        node.start();
        REQUIRE(support::run_until(node.io, behind));
        const auto refused = node.submit();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == msh::errc::busy);
    }
    SECTION("what waits for a paused peer says nothing of how fast sending is")
    {
        std::promise<void> paused;
        node.b.queue().set_standing(
            {.peer = "", .standing = queue::Standing::paused, .since = base::now(), .reason = ""},
            [&](const auto&) { paused.set_value(); }
        );
        paused.get_future().wait();
        node.start();
        CHECK_FALSE(behind());
    }
}

TEST_CASE("with all places taken a message is refused unread", "[msh]")
{
    msh::Settings settings;
    settings.receiving = 1;
    Measured node(std::move(settings));
    const auto body = node.wire();
    support::HeldRequest first(node.io, body, 100);
    std::optional<http::Response> answer;
    const auto done = [&](std::exception_ptr, http::Response given) {
        answer.emplace(std::move(given));
    };
    asio::co_spawn(node.io, node.b.msh().receive(first), done);
    REQUIRE(support::run_until(node.io, [&] { return first.waits(); }));
    auto second = node.request();
    const auto refused = node.receive(second);
    CHECK(refused.status == 503);
    CHECK(std::stoi(refused.headers.get("Retry-After").value()) <= 8);
    CHECK_FALSE(was_read(second));
    CHECK(node.refusals(msh::Shortage::places) == 1);
    first.release(true);
    REQUIRE(support::run_until(node.io, [&] { return answer.has_value(); }));
    CHECK(answer->status == 200);
}

TEST_CASE("a message whose timestamp is out of bounds is refused by a signed error", "[msh]")
{
    const auto answer_at = [](base::Duration off) {
        Measured node;
        const auto at = base::now() + off;
        const auto packed = support::pack(node.exchange.a, node.exchange.b, at);
        const auto body = support::wire(packed, node.exchange.a, node.exchange.b);
        support::ScriptedRequest request("POST", "/as4", body.octets);
        request.fields.set("Content-Type", body.content_type);
        return node.receive(request).body;
    };
    const auto is_refused = [](const std::string& answer) {
        return answer.find("EBMS:0003") != std::string::npos &&
               answer.find("SignatureValue") != std::string::npos;
    };
    CHECK(answer_at(-24h * 29).find("NonRepudiationInformation") != std::string::npos);
    CHECK(is_refused(answer_at(-24h * 31)));
    CHECK(answer_at(23h).find("NonRepudiationInformation") != std::string::npos);
    CHECK(is_refused(answer_at(25h)));
}
