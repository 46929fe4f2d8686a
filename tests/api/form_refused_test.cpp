// SPDX-License-Identifier: Apache-2.0
// Forms that are refused: each told what is wrong, and nothing left of it.
#include "forms.hpp"

using namespace forms;

TEST_CASE("a form that is broken, or not as described, is told what is wrong", "[api]")
{
    Pair pair(terms());
    const auto ok = described(pair);
    const auto refused = [&](const std::string& body, int status, const std::string& code,
                             const std::string& detail) {
        const auto answer = post(pair, body);
        INFO(answer.body);
        CHECK(answer.status == status);
        CHECK(code_of(answer) == code);
        CHECK(detail_of(answer).find(detail) != std::string::npos);
    };
    refused("nothing", 400, "bad_form", "");
    refused(Form(ok).add("p", "x").open(), 400, "bad_form", "");
    refused("--b\r\n\r\n{}\r\n--b--", 400, "bad_form", "the first part must be");
    refused(Form(ok).add("message", ok).end(), 400, "bad_form", "twice");
    refused(Form(ok).add("p", "x").add("p", "y").end(), 400, "bad_form", "\"p\" came twice");
    refused(Form(ok).add("", "x").end(), 400, "bad_form", "without a name");
    const auto one = described(pair, R"(,"payloads":[{"part":"p"}])");
    refused(Form(one).end(), 400, "bad_form", "\"p\" is described and did not come");
    refused(Form(one).add("p", "").add("q", "").end(), 400, "bad_form", "\"q\" is not described");
    refused(Form("{").end(), 400, "bad_request", "not JSON");
    refused(Form("{}" + std::string(70'000, ' ')).end(), 413, "too_large", "64 KB");
    Form many(ok);
    for (int i = 0; i < 17; ++i)
        many.add("p" + std::to_string(i), "x");
    refused(many.end(), 413, "too_large", "at most 16 parts");
    auto no_boundary =
        Pair::request("mt-a", "POST", "/v1/messages", Form(ok).end(), "multipart/form-data");
    CHECK(code_of(pair.ask(pair.rest_a, no_boundary)) == "bad_form");
    CHECK(files_in(pair.a.folder() / "spool") == 0);
}

TEST_CASE(
    "a value that no message can carry is refused before anything is kept",
    "[api][TA20][TA25][TA27][TA28][TA44]"
)
{
    Pair pair(terms());
    const auto refused = [&](const std::string& more, const std::string& detail) {
        const auto answer = post(pair, Form(described(pair, more)).add("p", "x").end());
        INFO(answer.body);
        CHECK(answer.status == 422);
        CHECK(code_of(answer) == "bad_value");
        CHECK(detail_of(answer).find(detail) != std::string::npos);
    };
    refused(R"(,"message_id":"no at sign")", "left@right");
    refused(R"(,"message_id":"a@b@c")", "left@right");
    refused(R"(,"message_id":"a b@c")", "left@right");
    refused(R"(,"message_id":"urn:a@b")", "left@right");
    refused(R"(,"ref_to_message_id":"<a@b>")", "RefToMessageId");
    refused(R"(,"conversation_id":"a  b")", "conversation_id has white space");
    refused(
        R"(,"properties":[{"name":"n","value":"a\u0001b"}])",
        "property n has a character that XML cannot carry"
    );
    refused(R"(,"properties":[{"name":"n","value":" a"}])", "property n has white space");
    refused(R"(,"properties":[{"name":"n","value":"1"},{"name":"n","value":"2"}])", "twice");
    refused(R"(,"properties":[{"name":"originalSender","value":"1"}])", "twice");
    refused(R"(,"payloads":[{"part":"p","content_id":"a b"}])", "content_id");
    refused(R"(,"payloads":[{"part":"p","mime_type":"xml"}])", "mime_type");
    refused(R"(,"payloads":[{"part":"p","character_set":"8-bit"}])", "character_set");
    refused(
        R"(,"payloads":[{"part":"p","properties":[{"name":"CompressionType","value":"x"}]}])",
        "CompressionType"
    );
    refused(R"(,"payloads":[{"part":"p"},{"part":"p"}])", "\"p\" twice");
    refused(R"(,"peer":"ap0002-test")", "only one");
    const auto same_id = described(
        pair, R"(,"payloads":[{"part":"p","content_id":"i"},{"part":"q","content_id":"i"}])"
    );
    CHECK(code_of(post(pair, Form(same_id).add("p", "x").add("q", "x").end())) == "bad_value");
    const auto untyped = R"({"original_sender":{"id":")" + pair.a.participant +
                         R"("},"final_recipient":{"id":")" + pair.b.participant +
                         R"("},"service":{"value":"no uri"},"action":"a"})";
    CHECK(detail_of(post(pair, Form(untyped).end())).find("is no URI") != std::string::npos);
    CHECK(files_in(pair.a.folder() / "spool") == 0);
}

TEST_CASE("who may not, whom nobody serves and what is not agreed is refused", "[api]")
{
    Pair pair; // the SDK's P-Mode
    const auto ok = described(pair);
    CHECK(code_of(post(pair, Form(ok).end(), "party-a")) == "not_your_participant");
    auto nobody = ok;
    const auto unsaid = R"({"final_recipient":{"id":")" + pair.b.participant + R"("}})";
    CHECK(detail_of(post(pair, Form(unsaid).end())).starts_with("original_sender is needed"));
    nobody.replace(nobody.find(pair.b.participant), pair.b.participant.size(), "0203:nobody");
    CHECK(code_of(post(pair, Form(nobody).end())) == "no_route");
    const auto other = post(pair, Form(ok).end());
    CHECK(other.status == 422);
    CHECK(code_of(other) == "not_agreed");
    CHECK_FALSE(detail_of(other).empty());
}

TEST_CASE("sizes over the payload profile are not what was agreed", "[api]")
{
    auto agreed = terms();
    agreed.pmode.payload_profile = {
        {.content_id = "p", .max_size = 3}, {.content_id = "q", .required = false}
    };
    agreed.pmode.max_payload_total = 5;
    Pair pair(agreed);
    const auto sent = [&](const std::string& p, const std::string& q) {
        return post(pair, Form(described(pair)).add("p", p).add("q", q).end());
    };
    CHECK(sent("123", "45").status == 202);
    CHECK(code_of(sent("1234", "")) == "not_agreed");
    CHECK(detail_of(sent("1234", "")) == "payload p has more than 3 octets");
    CHECK(detail_of(sent("1", "23456")) == "payloads of more than 5 octets together");
    CHECK(code_of(post(pair, Form(described(pair)).add("q", "1").end())) == "not_agreed");
}

TEST_CASE("uncompressed text has its own limit, and XML must be XML", "[api]")
{
    auto agreed = terms();
    agreed.pmode.limits.plain_text = 100;
    agreed.pmode.compress = false;
    Pair pair(agreed);
    const auto sent = [&](const std::string& octets, const std::string& type) {
        return post(pair, Form(described(pair)).add("p", octets, type).end());
    };
    CHECK(sent(std::string(101, 'x'), "image/png").status == 202);
    CHECK(sent(std::string(100, 'x'), "text/plain").status == 202);
    const auto long_text = sent(std::string(101, 'x'), "text/plain");
    CHECK(long_text.status == 413);
    CHECK(code_of(long_text) == "text_too_large");
    const auto broken = sent("<a>", "application/xml");
    CHECK(code_of(broken) == "not_well_formed");
    CHECK(detail_of(broken).starts_with("\"p\""));
    CHECK(code_of(sent("<!DOCTYPE a><a/>", "application/xml")) == "doctype");
}

TEST_CASE(
    "what the peer would take for a bomb is refused here, as a form and as a document", "[api]"
)
{
    auto agreed = terms();
    agreed.pmode.limits.compression_ratio_floor = 1000;
    agreed.pmode.limits.ratio = 20;
    Pair pair(agreed);
    const auto bomb = post(pair, Form(described(pair)).add("p", std::string(60'000, 'x')).end());
    CHECK(bomb.status == 422);
    CHECK(code_of(bomb) == "too_compressible");
    const auto message = described(pair, R"(,"payloads":[{"part":"p","compress":false}])");
    CHECK(post(pair, Form(message).add("p", std::string(60'000, 'x')).end()).status == 202);
    CHECK(post(pair, Form(described(pair)).add("p", std::string(900, 'x')).end()).status == 202);
    const auto document = support::xhe(
        base::uuid(), pair.a.participant, pair.b.participant,
        "<a>" + std::string(60'000, 'x') + "</a>"
    );
    CHECK(code_of(pair.submit(document)) == "too_compressible");
}

TEST_CASE("a client that vanishes leaves nothing in the spool", "[api]")
{
    Pair pair(terms());
    const auto begun = Form(described(pair, R"(,"payloads":[{"part":"p","compress":false}])"))
                           .add("p", std::string(300'000, 'x'))
                           .open();
    struct Vanishing final : http::Request {
        explicit Vanishing(support::ScriptedRequest& all) : inner(all) {}
        const std::string& method() const override { return inner.method(); }
        const std::string& path() const override { return inner.path(); }
        std::optional<std::string> query(std::string_view name) const override
        {
            return inner.query(name);
        }
        const http::Headers& headers() const override { return inner.headers(); }
        const std::optional<crypto::Certificate>& client_certificate() const override
        {
            return inner.client_certificate();
        }
        const std::string& remote() const override { return inner.remote(); }
        std::optional<std::uint64_t> content_length() const override { return std::nullopt; }
        asio::awaitable<base::Result<std::optional<base::BytesView>>> read() override
        {
            auto piece = co_await inner.read();
            if (piece && piece->has_value()) co_return piece;
            max = files_in(spool);
            co_return base::Error(http::errc::closed);
        }
        support::ScriptedRequest& inner;
        base::Path spool;
        std::size_t max = 0;
    };
    auto sent = Pair::request("mt-a", "POST", "/v1/messages", begun, form_type);
    Vanishing request(sent);
    request.spool = pair.a.folder() / "spool";
    const auto answer = support::wait_for(pair.io, pair.rest_a.handle(request));
    CHECK(answer.status == 400);
    CHECK(request.max == 1);
    CHECK(files_in(pair.a.folder() / "spool") == 0);
}
