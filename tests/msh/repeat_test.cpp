// SPDX-License-Identifier: Apache-2.0
// The three forms of a repeat (design 5.4) as the AS4 door answers them, and errors by their EBMS
// codes.
#include "msh/msh.hpp"

#include "base/id.hpp"
#include "support/access_point.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

struct Receiver {
    explicit Receiver(const support::Terms& terms = {}) : exchange(terms) {}

    boost::asio::io_context io{1};
    support::Exchange exchange;
    support::AccessPoint b{io, exchange.b, {}};

    http::Response
    receive(const support::HttpBody& body, std::optional<crypto::Certificate> tls_certificate = {})
    {
        support::ScriptedRequest request("POST", "/as4", body.octets);
        request.certificate = std::move(tls_certificate);
        request.fields.set("Content-Type", body.content_type);
        return support::wait_for<http::Response>(io, b.msh().receive(request));
    }
    support::HttpBody message(const std::string& id, const std::string& text, base::Time at)
    {
        const std::vector<support::Payload> payloads{{"message", "text/xml", text}};
        auto message = support::make_message(exchange.a, exchange.b, at, payloads);
        message.info.message_id = id;
        message.conversation_id = "c";
        return support::wire(support::pack(exchange.a, message, payloads), exchange.a, exchange.b);
    }
    std::size_t inbox()
    {
        return b.queue()
            .list({.visibility = queue::Visibility::all(), .state = queue::State::received})
            ->size();
    }
};

} // namespace

TEST_CASE("the same signed form again gets the stored receipt and is not delivered", "[msh][TA10]")
{
    Receiver receiver;
    const auto id = base::uuid() + "@a.example";
    const auto packed = support::pack(receiver.exchange.a, receiver.exchange.b, base::now());
    // Encrypted afresh, signed once: what a retry is.
    const auto first =
        receiver.receive(support::wire(packed, receiver.exchange.a, receiver.exchange.b));
    const auto again =
        receiver.receive(support::wire(packed, receiver.exchange.a, receiver.exchange.b));
    CHECK(first.status == 200);
    CHECK(again.body == first.body);
    CHECK(receiver.inbox() == 1);
}

TEST_CASE("a repeat that arrives while the first is in work gets its receipt", "[msh][TA10]")
{
    Receiver receiver;
    const auto packed = support::pack(receiver.exchange.a, receiver.exchange.b, base::now());
    std::vector<http::Response> answers;
    const auto arrive = [&](support::HttpBody body) -> boost::asio::awaitable<void> {
        support::ScriptedRequest request("POST", "/as4", body.octets, 100); // in many pieces
        request.fields.set("Content-Type", body.content_type);
        auto answer = co_await receiver.b.msh().receive(request);
        answers.push_back(std::move(answer));
    };
    const std::size_t at_once = 8;
    for (std::size_t i = 0; i < at_once; ++i) {
        auto body = support::wire(packed, receiver.exchange.a, receiver.exchange.b);
        boost::asio::co_spawn(receiver.io, arrive(std::move(body)), [](std::exception_ptr) {});
    }
    REQUIRE(support::run_until(receiver.io, [&] { return answers.size() == at_once; }));
    for (const auto& answer : answers) {
        CHECK(answer.status == 200);
        CHECK(answer.body == answers.front().body); // one receipt
    }
    CHECK(answers.front().body.find("NonRepudiationInformation") != std::string::npos);
    CHECK(receiver.inbox() == 1);
}

TEST_CASE("the same payloads from another original sender are refused", "[msh]")
{
    Receiver receiver;
    const auto id = base::uuid() + "@a.example";
    receiver.receive(receiver.message(id, "<a/>", base::now()));
    const std::vector<support::Payload> payloads{{"message", "text/xml", "<a/>"}};
    const auto& [a, b, now] = receiver.exchange;
    auto message = support::make_message(a, b, now, payloads);
    message.info.message_id = id;
    const bool conversation = GENERATE(true, false);
    if (conversation)
        message.conversation_id = "drawn anew";
    else
        for (auto& property : message.properties)
            if (property.name == "originalSender") property.value = "0203:other.example";
    const auto answer = receiver.receive(support::wire(support::pack(a, message, payloads), a, b));
    CHECK((answer.body.find("EBMS:0004") == std::string::npos) == conversation);
    CHECK((answer.body.find("NonRepudiation") != std::string::npos) == conversation);
    CHECK(receiver.inbox() == 1);
}

TEST_CASE("the same content signed anew gets a receipt of its own and is not delivered", "[msh]")
{
    Receiver receiver;
    const auto id = base::uuid() + "@a.example";
    const auto first = receiver.receive(receiver.message(id, "<a/>", base::now()));
    const auto again = receiver.receive(receiver.message(id, "<a/>", base::now() + 5s));
    CHECK(again.status == 200);
    CHECK(again.body != first.body);
    CHECK(again.body.find("NonRepudiationInformation") != std::string::npos);
    CHECK(receiver.inbox() == 1);
}

TEST_CASE("other content under a MessageId seen before is refused and delivered nowhere", "[msh]")
{
    Receiver receiver;
    const auto id = base::uuid() + "@a.example";
    receiver.receive(receiver.message(id, "<a/>", base::now()));
    const auto other = receiver.receive(receiver.message(id, "<b/>", base::now()));
    CHECK(other.body.find("EBMS:0004") != std::string::npos);
    CHECK(other.body.find("NonRepudiationInformation") == std::string::npos);
    CHECK(receiver.inbox() == 1);
}

TEST_CASE("what is no AS4 message is answered with an error and keeps nothing", "[msh]")
{
    Receiver receiver;
    const auto answer = receiver.receive({"text/plain", "hello"});
    CHECK(answer.body.find("EBMS:0007") != std::string::npos);
    const auto truncated = [&] {
        auto body = receiver.message("t@a.example", "<a/>", base::now());
        body.octets.resize(body.octets.size() - 40);
        return body;
    }();
    CHECK(receiver.receive(truncated).body.find("errorCode=\"EBMS:0007\"") != std::string::npos);
    CHECK(receiver.inbox() == 0);
    CHECK(std::filesystem::is_empty(receiver.b.folder() / "spool"));
}

TEST_CASE("only whom we know gets a signed error", "[msh]")
{
    Receiver receiver;
    const auto signs = [](const http::Response& answer) {
        return answer.body.find("SignatureValue") != std::string::npos;
    };
    auto body = receiver.message("s@a.example", "<a/>", base::now());
    const auto other_party =
        body.octets.replace(body.octets.find("AP0001-TEST"), 11, "AP0009-TEST");
    const support::HttpBody stranger{body.content_type, other_party};
    CHECK_FALSE(signs(receiver.receive(stranger)));
    CHECK(signs(receiver.receive(stranger, receiver.exchange.a.identity.certificate()))); // by TLS
    const auto id = base::uuid() + "@a.example";
    receiver.receive(receiver.message(id, "<a/>", base::now()));
    CHECK(signs(receiver.receive(receiver.message(id, "<b/>", base::now())))
    ); // by its proven signature
}

TEST_CASE(
    "a message with typed and one with untyped parties are of one sender", "[msh][EBMS 5.2.2.4]"
)
{
    support::Terms terms;
    terms.pmode.accept_untyped_party_ids = true;
    Receiver receiver(terms);
    const auto id = base::uuid() + "@a.example";
    const bool typed_first = GENERATE(true, false);
    const auto send = [&](bool typed) {
        const std::vector<support::Payload> payloads{{"message", "text/xml", "<a/>"}};
        const auto& [a, b, now] = receiver.exchange;
        auto message = support::make_message(a, b, base::now(), payloads);
        message.info.message_id = id;
        if (!typed) {
            message.from.id.type.clear();
            message.to.id.type.clear();
        }
        return receiver.receive(support::wire(support::pack(a, message, payloads), a, b));
    };
    const auto first = send(typed_first);
    CHECK(first.body.find("NonRepudiationInformation") != std::string::npos);
    const auto again = send(!typed_first);
    CHECK(again.body.find("NonRepudiationInformation") != std::string::npos);
    CHECK(receiver.inbox() == 1);
    const auto kept =
        receiver.b.queue()
            .list({.visibility = queue::Visibility::all(), .state = queue::State::received})
            .value()
            .at(0);
    CHECK(kept.header.from_party == support::party_a);
    CHECK(kept.header.to_party == support::party_b);
    CHECK(kept.header.peer == base::lower(support::party_a));
}
