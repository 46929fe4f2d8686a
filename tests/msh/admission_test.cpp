// SPDX-License-Identifier: Apache-2.0
// Over its watermarks the service refuses before it reads; what empties the queue goes on.
#include "pair.hpp"
#include "queue/sqlite.hpp"
#include "support/held_request.hpp"

#include <deque>
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
        const auto caller = support::message_service("mt", {b.participant});
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
    Measured node(with_marks({.disk_stop = more_than_any_disk, .disk_resume = more_than_any_disk}));
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

    const auto caller = support::message_service("mt", {node.b.participant});
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
    Measured node(with_marks({.disk_stop = more_than_any_disk, .disk_resume = more_than_any_disk}));
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
    CHECK(node.b.queue().list({.visibility = queue::Visibility::all()})->empty());
}

TEST_CASE("a queue that is full takes no submission, and messages from peers still", "[msh]")
{
    Measured node(with_marks({.queue_stop = 1, .queue_resume = 0}));
    node.start();
    REQUIRE(node.submit());
    const auto again = node.submit(); // the first is counted when it is kept
    REQUIRE_FALSE(again);
    CHECK(again.error().code == msh::errc::queue_full);
    auto request = node.request();
    CHECK(node.receive(request).status == 200);
}

namespace {

msh::Settings backlog_at_once(base::Duration backlog_wait)
{
    auto settings =
        with_marks({.backlog_limit = 0, .backlog_min_rate = 0, .backlog_wait = backlog_wait});
    settings.submitting = 2;
    return settings;
}

// Sending is behind from the start: one message waits that is not due for an hour, and no other
// may.
struct Behind : Measured {
    std::optional<base::Result<msh::Submitted>> answer;
    support::ScriptedRequest document{
        "POST", "/v1/messages",
        support::xhe("id-1", b.participant, "0203:ap0001-test.example", "<a/>")
    };
    const msh::Caller caller = support::message_service("mt", {b.participant});

    explicit Behind(base::Duration backlog_wait) : Measured(backlog_at_once(backlog_wait))
    {
        queue::Outbound waiting;
        waiting.id = base::uuid();
        waiting.header.message_id = "waiting@b";
        waiting.header.peer = b.msh().pmodes().peers().front().name;
        waiting.created = base::now() + 1h;
        waiting.expires = base::now() + 24h;
        std::promise<void> kept;
        b.queue().enqueue(std::move(waiting), [&](const auto&) { kept.set_value(); });
        kept.get_future().wait();
        start();
        REQUIRE(support::run_until(io, [this] { return b.msh().has_backlog(); }));
    }
    void begin()
    {
        const auto done = [this](std::exception_ptr, base::Result<msh::Submitted> given) {
            answer.emplace(std::move(given));
        };
        asio::co_spawn(io, b.msh().submit(caller, document, std::nullopt), done);
        io.restart();
        io.poll();
    }
    bool is_answered()
    {
        return support::run_until(io, [this] { return answer.has_value(); });
    }
};

} // namespace

TEST_CASE("while sending is behind a submission waits in line, unread, and not for ever", "[msh]")
{
    Behind node(0ms);
    node.begin();
    REQUIRE(node.is_answered());
    REQUIRE_FALSE(*node.answer);
    CHECK(node.answer->error().code == msh::errc::busy);
    CHECK(node.refusals(msh::Shortage::backlog) == 1);
    CHECK(node.b.queue().list({.visibility = queue::Visibility::all()})->size() == 1);
}

TEST_CASE("a submission in line is taken once sending is behind no more", "[msh]")
{
    Behind node(1h);
    node.begin();
    REQUIRE_FALSE(node.answer);
    // What waits for a paused peer says nothing of how fast sending is.
    auto pause = node.b.msh().set_admin_state("", queue::AdminState::paused, "test");
    REQUIRE(support::wait_for<base::Result<>>(node.io, std::move(pause)));
    REQUIRE(node.is_answered());
    CHECK(node.answer->has_value());
    CHECK_FALSE(node.b.msh().has_backlog());
    CHECK(node.refusals(msh::Shortage::backlog) == 0);
}

TEST_CASE("of those in line no more are called than there are places", "[msh]")
{
    Behind node(1h);
    support::HttpBody body;
    body.octets = support::xhe("id-1", node.b.participant, "0203:ap0001-test.example", "<a/>");
    body.content_type = "application/xml";
    support::HeldRequest first(node.io, body, 10);
    support::HeldRequest second(node.io, body, 10);
    support::HeldRequest third(node.io, body, 10);
    int ended = 0;
    for (auto* const request : {&first, &second, &third}) {
        const auto done = [&ended](std::exception_ptr, const base::Result<msh::Submitted>&) {
            ++ended;
        };
        auto submit = node.b.msh().submit(node.caller, *request, std::nullopt);
        asio::co_spawn(node.io, std::move(submit), done);
    }
    node.io.restart();
    node.io.poll();
    auto pause = node.b.msh().set_admin_state("", queue::AdminState::paused, "test");
    REQUIRE(support::wait_for<base::Result<>>(node.io, std::move(pause)));
    REQUIRE(support::run_until(node.io, [&] { return first.waits() && second.waits(); }));
    node.io.restart();
    node.io.poll();
    CHECK_FALSE(third.waits()); // both places are taken
    CHECK(ended == 0);
    first.release(false); // its place is given back, and the next one called
    REQUIRE(support::run_until(node.io, [&] { return third.waits(); }));
    second.release(false);
    third.release(false);
    REQUIRE(support::run_until(node.io, [&] { return ended == 3; }));
    CHECK(node.refusals(msh::Shortage::concurrency) == 0);
}

TEST_CASE(
    "those in line and in work are bounded together, and a line ends with the service", "[msh]"
)
{
    Behind node(1h);
    std::vector<support::ScriptedRequest> requests(4, node.document);
    std::vector<std::size_t> ended;
    for (std::size_t n = 0; n < requests.size(); ++n) {
        const auto done = [&ended, n](std::exception_ptr, const base::Result<msh::Submitted>&) {
            ended.push_back(n);
        };
        auto submit = node.b.msh().submit(node.caller, requests.at(n), std::nullopt);
        asio::co_spawn(node.io, std::move(submit), done);
    }
    node.io.restart();
    node.io.poll();
    CHECK(ended.empty()); // who is too much is told so after a while
    REQUIRE(support::run_until(node.io, [&] { return !ended.empty(); }));
    CHECK(ended == std::vector<std::size_t>{3});
    CHECK(node.refusals(msh::Shortage::backlog) == 1);
    const auto stop = [&]() -> asio::awaitable<bool> {
        co_await node.b.msh().stop(1s);
        co_return true;
    };
    CHECK(support::wait_for<bool>(node.io, stop()));
    REQUIRE(support::run_until(node.io, [&] { return ended.size() == 4; }));
    CHECK(node.refusals(msh::Shortage::stopping) == 3);
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
    CHECK(node.refusals(msh::Shortage::concurrency) == 1);
    first.release(true);
    REQUIRE(support::run_until(node.io, [&] { return answer.has_value(); }));
    CHECK(answer->status == 200);
}

TEST_CASE("with all places taken a message gets that of a request that comes too slowly", "[msh]")
{
    msh::Settings settings;
    settings.receiving = 1;
    Measured node(std::move(settings));
    support::HeldRequest slow(node.io, node.wire(), 100);
    bool ended = false;
    const auto done = [&](std::exception_ptr, http::Response) { ended = true; };
    asio::co_spawn(node.io, node.b.msh().receive(slow), done);
    REQUIRE(support::run_until(node.io, [&] { return slow.waits(); }));
    auto second = node.request();
    second.displace = [&] {
        slow.release(false);
        return true;
    };
    CHECK(node.receive(second).status == 200);
    REQUIRE(support::run_until(node.io, [&] { return ended; }));
    CHECK(node.refusals(msh::Shortage::concurrency) == 0);
    support::HeldRequest third(node.io, node.wire(), 100); // there is still one place, not two
    asio::co_spawn(node.io, node.b.msh().receive(third), done);
    REQUIRE(support::run_until(node.io, [&] { return third.waits(); }));
    auto fourth = node.request();
    CHECK(node.receive(fourth).status == 503);
    ended = false;
    third.release(false);
    REQUIRE(support::run_until(node.io, [&] { return ended; }));
}

TEST_CASE("requests that are ended without freeing a place are worth a quarter of them", "[msh]")
{
    msh::Settings settings;
    settings.receiving = 4;
    Measured node(std::move(settings));
    std::size_t ended = 0;
    const auto done = [&](std::exception_ptr, http::Response) { ++ended; };
    std::deque<support::HeldRequest> held;
    for (std::size_t n = 0; n < 5; ++n) {
        auto& request = held.emplace_back(node.io, node.wire(), 100);
        request.displace = [] { return true; };
        asio::co_spawn(node.io, node.b.msh().receive(request), done);
        REQUIRE(support::run_until(node.io, [&] { return request.waits(); }));
    }
    int asked = 0;
    auto sixth = node.request();
    sixth.displace = [&] {
        ++asked;
        return true;
    };
    CHECK(node.receive(sixth).status == 503);
    CHECK(asked == 0); // nothing is ended in vain
    for (auto& request : held)
        request.release(false);
    REQUIRE(support::run_until(node.io, [&] { return ended == held.size(); }));
}

TEST_CASE("what is refused by its header alone ends no other request", "[msh]")
{
    msh::Settings settings;
    settings.receiving = 0;
    Measured node(std::move(settings));
    int asked = 0;
    const auto status = [&](http::Request& request) { return node.receive(request).status; };
    auto encoded = node.request();
    encoded.fields.set("Content-Encoding", "gzip");
    support::ScriptedRequest wrong("GET", "/as4");
    auto good = node.request();
    for (auto* const request : {&encoded, &wrong, &good})
        request->displace = [&] {
            ++asked;
            return false;
        };
    CHECK(status(encoded) == 415);
    CHECK(status(wrong) == 405);
    CHECK(asked == 0);
    CHECK(status(good) == 503);
    CHECK(asked == 1);
}

TEST_CASE("an eighth more than all places is for clients with few requests", "[msh]")
{
    msh::Settings settings;
    settings.receiving = 8;
    Measured node(std::move(settings));
    std::size_t ended = 0;
    const auto done = [&](std::exception_ptr, http::Response) { ++ended; };
    std::deque<support::HeldRequest> held;
    for (std::size_t n = 0; n < 8; ++n) {
        auto& request = held.emplace_back(node.io, node.wire(), 100);
        asio::co_spawn(node.io, node.b.msh().receive(request), done);
        REQUIRE(support::run_until(node.io, [&] { return request.waits(); }));
    }
    auto large = node.request();
    CHECK(node.receive(large).status == 503);
    auto small = node.request();
    small.of_small_client = true;
    CHECK(node.receive(small).status == 200);
    auto& ninth = held.emplace_back(node.io, node.wire(), 100);
    ninth.of_small_client = true;
    asio::co_spawn(node.io, node.b.msh().receive(ninth), done);
    REQUIRE(support::run_until(node.io, [&] { return ninth.waits(); }));
    auto tenth = node.request();
    tenth.of_small_client = true;
    CHECK(node.receive(tenth).status == 503);
    for (auto& request : held)
        request.release(false);
    REQUIRE(support::run_until(node.io, [&] { return ended == held.size(); }));
}

TEST_CASE(
    "with all places taken a submission asks for that of a request that comes too slowly", "[msh]"
)
{
    msh::Settings settings;
    settings.submitting = 0;
    Measured node(std::move(settings));
    node.start();
    int asked = 0;
    support::ScriptedRequest request("POST", "/v1/messages", "x");
    request.displace = [&] {
        ++asked;
        return false;
    };
    const auto caller = support::message_service("test", {"0203:a"});
    const auto submitted = support::wait_for<base::Result<msh::Submitted>>(
        node.io, node.b.msh().submit(caller, request, std::nullopt)
    );
    CHECK_FALSE(submitted);
    CHECK(asked == 1);
    CHECK(node.refusals(msh::Shortage::concurrency) == 1);
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

TEST_CASE(
    "while another program holds the store's lock, new work gets 503 and an acknowledgement "
    "waits",
    "[msh]"
)
{
    Measured node;
    auto kept = node.request();
    REQUIRE(node.receive(kept).status == 200);
    const auto caller = support::message_service("mt", {node.b.participant});
    const auto items = support::wait_for<base::Result<std::vector<msh::InboxItem>>>(
        node.io, node.b.msh().lease(caller, 10, 1min)
    );
    REQUIRE(items.value().size() == 1);
    node.start();
    const auto database = node.b.queue().spool_folder().parent_path() / "kurir.db";
    auto other = queue::Connection::open(database, queue::Connection::Access::read_write);
    REQUIRE(other);
    REQUIRE(other->run("BEGIN IMMEDIATE"));

    const auto began = std::chrono::steady_clock::now();
    const auto first = node.submit();
    REQUIRE_FALSE(first);
    const bool known = first.error().code == msh::errc::store_locked; // a claim has met it before
    CHECK((known || first.error().code == queue::errc::locked));
    CHECK(std::chrono::steady_clock::now() - began < 1s);
    CHECK(node.submit().error().code == msh::errc::store_locked);
    auto request = node.request();
    const auto answer = node.receive(request);
    CHECK(answer.status == 503);
    CHECK(std::stoi(answer.headers.get("Retry-After").value()) <= 8);

    std::optional<base::Result<>> acknowledged;
    const auto done = [&](std::exception_ptr, base::Result<> given) {
        acknowledged.emplace(std::move(given));
    };
    const auto& item = items->front();
    asio::co_spawn(node.io, node.b.msh().acknowledge(caller, item.id, item.lease), done);
    const auto waits = [&] { return node.b.queue().statistics().waiting > 0; };
    REQUIRE(support::run_until(node.io, waits));
    CHECK(node.submit().error().code == msh::errc::store_locked);
    CHECK_FALSE(acknowledged);
    REQUIRE(other->run("ROLLBACK"));
    REQUIRE(support::run_until(node.io, [&] { return acknowledged.has_value(); }));
    CHECK(*acknowledged);
    REQUIRE(support::run_until(node.io, [&] { return node.submit().has_value(); }));
}

TEST_CASE(
    "an acknowledgement that waits for the store's lock gives its connection back, and is written "
    "later",
    "[msh]"
)
{
    msh::Settings settings;
    settings.acknowledge_wait = 10ms;
    Measured node(settings);
    auto kept = node.request();
    REQUIRE(node.receive(kept).status == 200);
    const auto caller = support::message_service("mt", {node.b.participant});
    const auto items = support::wait_for<base::Result<std::vector<msh::InboxItem>>>(
        node.io, node.b.msh().lease(caller, 10, 1min)
    );
    REQUIRE(items.value().size() == 1);
    const auto& item = items->front();
    const auto database = node.b.queue().spool_folder().parent_path() / "kurir.db";
    auto other = queue::Connection::open(database, queue::Connection::Access::read_write);
    REQUIRE(other);
    REQUIRE(other->run("BEGIN IMMEDIATE"));
    const auto acknowledge = [&] {
        return support::wait_for<base::Result<>>(
            node.io, node.b.msh().acknowledge(caller, item.id, item.lease)
        );
    };
    CHECK(acknowledge().error().code == queue::errc::locked);
    CHECK(acknowledge().error().code == queue::errc::locked); // the client repeats it
    REQUIRE(other->run("ROLLBACK"));
    const auto is_written = [&] {
        const auto message = node.b.queue().find(item.id, queue::Visibility::all());
        return message && message->summary.state == queue::State::acknowledged;
    };
    REQUIRE(support::run_until(node.io, is_written));
    CHECK(acknowledge());
}
