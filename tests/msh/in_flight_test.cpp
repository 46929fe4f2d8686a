// SPDX-License-Identifier: Apache-2.0
// Repeats that come while the first is being taken in: who waits for whom, for how long, and who
// cannot make anybody wait.
#include "msh/in_flight.hpp"

#include "pair.hpp"
#include "support/held_request.hpp"

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct Receiver {
    asio::io_context io{1};
    support::Exchange exchange;
    support::AccessPoint b;
    support::Packed packed = support::pack(exchange.a, exchange.b, base::now());

    explicit Receiver(msh::Settings settings = {})
        : b(io, exchange.b, {}, with_one_worker(std::move(settings)))
    {
    }
    static msh::Settings with_one_worker(msh::Settings settings)
    {
        settings.workers = 1;
        return settings;
    }

    support::HttpBody wire() { return support::wire(packed, exchange.a, exchange.b); }
    // Begins to receive; the answer comes into `into`.
    void begin(http::Request& request, std::optional<http::Response>& into)
    {
        const auto done = [&into](std::exception_ptr failure, http::Response answer) {
            if (!failure) into.emplace(std::move(answer));
        };
        asio::co_spawn(io, b.msh().receive(request), done);
    }
    bool until(const std::function<bool()>& condition) { return support::run_until(io, condition); }
    // Receives another message to its end. The only worker takes its work in turn, so each step of
    // a message of the same form that began before and waits for nothing is done by then.
    void receive_another()
    {
        const auto another = support::pack(exchange.a, exchange.b, base::now());
        support::HeldRequest request(io, support::wire(another, exchange.a, exchange.b), 0);
        request.release(true);
        std::optional<http::Response> answer;
        begin(request, answer);
        REQUIRE(until([&] { return answer.has_value(); }));
        CHECK(answer->body.find("NonRepudiationInformation") != std::string::npos);
    }
    std::size_t inbox()
    {
        return b.queue()
            .list({.visibility = queue::Visibility::all(), .state = queue::State::received})
            ->size();
    }
};

// Past the header, within the payload.
std::size_t within_payload(const support::HttpBody& body)
{
    return body.octets.size() - 60;
}

// A message that is held within its payload, and its repeat, which is whole.
struct Repeat : Receiver {
    support::HttpBody body = wire();
    support::HeldRequest first{io, body, within_payload(body)};
    support::HeldRequest second{io, wire(), 0};
    std::optional<http::Response> first_answer;
    std::optional<http::Response> second_answer;

    explicit Repeat(msh::Settings settings = {}) : Receiver(std::move(settings))
    {
        second.release(true);
        begin(first, first_answer);
        REQUIRE(until([this] { return first.waits(); }));
        begin(second, second_answer);
    }
};

} // namespace

TEST_CASE("a repeat waits for the first that is in work, and gets its receipt", "[msh][TA10]")
{
    Repeat both;
    both.receive_another();
    CHECK_FALSE(both.second_answer); // whole as it is
    CHECK(both.inbox() == 1);        // the other message
    both.first.release(true);
    REQUIRE(both.until([&] { return both.first_answer && both.second_answer; }));
    CHECK(both.first_answer->status == 200);
    CHECK(both.first_answer->body.find("NonRepudiationInformation") != std::string::npos);
    CHECK(both.second_answer->body == both.first_answer->body);
    CHECK(both.inbox() == 2);
}

TEST_CASE("if the first fails, the repeat becomes the first", "[msh][TA10]")
{
    Repeat both;
    both.receive_another();
    CHECK_FALSE(both.second_answer);
    both.first.release(false); // truncated
    REQUIRE(both.until([&] { return both.first_answer && both.second_answer; }));
    CHECK(both.first_answer->body.find("EBMS:0007") != std::string::npos);
    CHECK(both.second_answer->body.find("NonRepudiationInformation") != std::string::npos);
    CHECK(both.inbox() == 2);
}

TEST_CASE("other content under an id that is in work waits too, and is refused", "[msh][TA10]")
{
    Receiver receiver;
    const auto message = [&](const std::string& text) {
        const std::vector<support::Payload> payloads{{"message", "text/xml", text}};
        auto user =
            support::make_message(receiver.exchange.a, receiver.exchange.b, base::now(), payloads);
        user.info.message_id = "same@a.example";
        const auto packed = support::pack(receiver.exchange.a, user, payloads);
        return support::wire(packed, receiver.exchange.a, receiver.exchange.b);
    };
    const auto first_body = message("<a/>");
    support::HeldRequest first(receiver.io, first_body, within_payload(first_body));
    support::HeldRequest other(receiver.io, message("<b/>"), 0);
    other.release(true);
    std::optional<http::Response> first_answer;
    std::optional<http::Response> other_answer;
    receiver.begin(first, first_answer);
    REQUIRE(receiver.until([&] { return first.waits(); }));
    receiver.begin(other, other_answer);
    receiver.receive_another();
    CHECK_FALSE(other_answer);
    first.release(true);
    REQUIRE(receiver.until([&] { return first_answer && other_answer; }));
    CHECK(first_answer->body.find("NonRepudiationInformation") != std::string::npos);
    CHECK(other_answer->body.find("EBMS:0004") != std::string::npos);
    CHECK(receiver.inbox() == 2);
}

TEST_CASE("a repeat waits no longer than its limit, then it is to come again", "[msh][TA10]")
{
    msh::Settings settings;
    settings.duplicate_wait = 20ms;
    Repeat both(std::move(settings));
    REQUIRE(both.until([&] { return both.second_answer.has_value(); }));
    CHECK(both.second_answer->status == 503);
    CHECK(both.second_answer->headers.get("Retry-After"));
    both.first.release(true);
    REQUIRE(both.until([&] { return both.first_answer.has_value(); }));
    CHECK(both.first_answer->status == 200);
}

TEST_CASE("what is not proven keeps nobody waiting", "[msh][TA10]")
{
    Receiver receiver;
    auto forged = receiver.wire();
    const auto at = forged.octets.find("SignatureValue>") + 20;
    forged.octets[at] = forged.octets[at] == 'A' ? 'B' : 'A';
    support::HeldRequest stranger(receiver.io, forged, within_payload(forged));
    support::HeldRequest true_one(receiver.io, receiver.wire(), 0);
    true_one.release(true);
    std::optional<http::Response> stranger_answer;
    std::optional<http::Response> answer;
    receiver.begin(stranger, stranger_answer);
    // Held before its header is complete, or refused by it: in no case in work.
    receiver.begin(true_one, answer);
    REQUIRE(receiver.until([&] { return answer.has_value(); }));
    CHECK(answer->body.find("NonRepudiationInformation") != std::string::npos);
    stranger.release(true);
    REQUIRE(receiver.until([&] { return stranger_answer.has_value(); }));
    CHECK(stranger_answer->body.find("EBMS:0101") != std::string::npos);
}

TEST_CASE("turns go in order of arrival, each message's apart, to so many at most", "[msh]")
{
    asio::io_context io{1};
    msh::InFlight in_flight(io.get_executor());
    using Permit = std::optional<msh::InFlight::Permit>;
    const auto take = [&](const std::string& id) {
        return support::wait_for<Permit>(io, in_flight.take({"P", id}, 1ms));
    };
    auto first = take("a");
    CHECK(first);
    CHECK(take("b"));
    CHECK(take("b"));       // it is free again
    CHECK_FALSE(take("a")); // a millisecond later

    std::vector<int> order;
    std::vector<Permit> permits;
    const msh::InFlight::Key same("P", "a");
    const auto wait = [&](int name) -> asio::awaitable<void> {
        auto permit = co_await in_flight.take(same, 1h);
        order.push_back(permit ? name : -name);
        permits.push_back(std::move(permit));
    };
    const int many = static_cast<int>(msh::InFlight::max_waiting);
    for (int name = 1; name <= many + 1; ++name)
        asio::co_spawn(io, wait(name), [](std::exception_ptr) {});
    REQUIRE(support::run_until(io, [&] { return order.size() == 1; }));
    CHECK(order == std::vector{-many - 1}); // at once
    first.reset();
    REQUIRE(support::run_until(io, [&] { return order.size() == 2; }));
    CHECK(order.back() == 1);
    permits.clear();
    REQUIRE(support::run_until(io, [&] { return order.size() == 3; }));
    CHECK(order.back() == 2);
}
