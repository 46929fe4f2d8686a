// SPDX-License-Identifier: Apache-2.0
// Submissions as forms, from the door of one access point to the inbox of the other; and what is
// refused of them.
#include "doors.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using doors::body_of;
using doors::Pair;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

// multipart/form-data as browsers and curl write it.
class Form {
public:
    explicit Form(const std::string& message) { add("message", message); }
    Form& add(const std::string& name, const std::string& octets, const std::string& type = {})
    {
        text_ += "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"";
        if (!type.empty()) text_ += "; filename=\"x\"\r\nContent-Type: " + type;
        text_ += "\r\n\r\n" + octets + "\r\n";
        return *this;
    }
    std::string end() const { return text_ + "--b--\r\n"; }
    std::string open() const { return text_; }

private:
    std::string text_;
};

support::Terms terms(bool four_corner = true)
{
    support::Terms terms;
    terms.pmode.services.clear();
    terms.pmode.actions.clear();
    terms.pmode.service_type.reset();
    terms.pmode.four_corner = four_corner;
    return terms;
}

constexpr auto form_type = "multipart/form-data; boundary=b";

http::Response
post(Pair& pair, const std::string& body, const std::string& client = "mt-a", std::string key = {})
{
    auto request = Pair::request(client, "POST", "/v1/messages", body, form_type);
    if (!key.empty()) request.fields.set("Idempotency-Key", key);
    return pair.ask(pair.rest_a, request);
}

// The members that every description needs; `more` begins with a comma.
std::string described(const Pair& pair, const std::string& more = {})
{
    return R"({"original_sender":{"id":")" + pair.a.participant +
           R"("},"final_recipient":{"id":")" + pair.b.participant +
           R"("},"service":{"value":"urn:s"},"action":"urn:a")" + more + "}";
}

std::string code_of(const http::Response& response)
{
    return std::string(body_of(response).at("code").as_string());
}

std::string detail_of(const http::Response& response)
{
    return std::string(body_of(response).at("detail").as_string());
}

// Sends it and leases it at the other side: the item as its message service sees it.
json::object arrive(Pair& pair, const std::string& body, const std::string& party = "mt")
{
    const auto taken = post(pair, body, party + "-a");
    INFO(taken.body);
    REQUIRE(taken.status == 202);
    json::object leased;
    for (int turns = 0; turns < 2000; ++turns) {
        pair.io.restart();
        pair.io.run_for(std::chrono::milliseconds(5));
        auto request =
            Pair::request(party + "-b", "POST", "/v1/inbox/lease", "{}", "application/json");
        leased = body_of(pair.ask(pair.rest_b, request));
        if (!leased.at("items").as_array().empty()) break;
    }
    REQUIRE(leased.at("items").as_array().size() == 1);
    return leased.at("items").at(0).as_object();
}

std::string payload(Pair& pair, const json::object& item, const std::string& n)
{
    const auto path = "/v1/inbox/" + std::string(item.at("id").as_string()) + "/payloads/" + n;
    return pair.octets(pair.ask(pair.rest_b, Pair::request("mt-b", "GET", path)));
}

std::size_t files_in(const base::Path& folder)
{
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) ++count;
    return count;
}

} // namespace

TEST_CASE(
    "several payloads arrive as they were handed in, in the order that was told",
    "[api][TA05][TA06][TA07][TA25][TA27][TA28][TA45]"
)
{
    Pair pair(terms());
    std::string binary(200'000, '\0');
    for (std::size_t i = 0; i < binary.size(); ++i)
        binary[i] = static_cast<char>(i * i >> 3);
    const auto message = described(pair, R"(,"payloads":[
        {"part":"lead","content_id":"lead@x","mime_type":"application/xml","character_set":"UTF-8"},
        {"part":"wide","mime_type":"text/xml","character_set":"UTF-16"},
        {"part":"picture","compress":false}, {"part":"plain","compress":false},
        {"part":"one"}, {"part":"none"}])");
    const std::string wide("\xfe\xff\0<\0a\0/\0>", 10);
    const auto item = arrive(
        pair, Form(message)
                  .add("none", "")
                  .add("picture", binary, "image/png")
                  .add("lead", "<a>h\xC3\xA4lsning</a>", "text/plain")
                  .add("one", "1")
                  .add("wide", wide)
                  .add("plain", "<a  b='1' />", "application/xml")
                  .end()
    );
    const auto& parts = item.at("parts").as_array();
    REQUIRE(parts.size() == 6);
    const char* const ids[] = {"lead@x", "wide", "picture", "plain", "one", "none"};
    for (std::size_t i = 0; i < 6; ++i)
        CHECK(parts[i].at("content_id").as_string() == ids[i]);
    CHECK(parts[0].at("mime_type").as_string() == "application/xml");
    CHECK(parts[0].at("character_set").as_string() == "UTF-8");
    CHECK(parts[1].at("character_set").as_string() == "UTF-16");
    CHECK(parts[2].at("mime_type").as_string() == "image/png");
    CHECK(parts[2].at("compressed").as_bool() == false);
    CHECK(parts[3].at("compressed").as_bool() == false);
    CHECK(parts[4].at("mime_type").as_string() == "application/octet-stream");
    CHECK(parts[4].at("compressed").as_bool() == true);
    CHECK(parts[0].at("properties").as_array().empty());
    CHECK(payload(pair, item, "0") == "<a>h\xC3\xA4lsning</a>");
    CHECK(payload(pair, item, "1") == wide);
    CHECK(payload(pair, item, "2") == binary);
    CHECK(payload(pair, item, "3") == "<a  b='1' />");
    CHECK(payload(pair, item, "4") == "1");
    CHECK(payload(pair, item, "5").empty());
}

TEST_CASE(
    "properties, conversation and reference arrive as they were told, with type and without",
    "[api][TA18][TA20][TA44]"
)
{
    Pair pair(terms());
    const auto message = described(pair, R"(,"conversation_id":"talk","ref_to_message_id":"r@x",
        "message_id":"mine@example","properties":[
        {"name":"trackingIdentifier","value":"t 1"},{"name":"k","value":"v","type":"urn:t"}],
        "payloads":[{"part":"p","properties":[{"name":"x","value":"y","type":"urn:z"},
        {"name":"u","value":"w"}]}])");
    const auto item = arrive(pair, Form(message).add("p", "x").end());
    CHECK(item.at("message_id").as_string() == "mine@example");
    CHECK(item.at("conversation_id").as_string() == "talk");
    CHECK(item.at("ref_to_message_id").as_string() == "r@x");
    CHECK(item.at("service").as_string() == "urn:s");
    CHECK(item.at("service_type").is_null());
    CHECK(item.at("agreement").is_null());
    const auto& properties = item.at("properties").as_array();
    REQUIRE(properties.size() == 4);
    CHECK(properties[0].at("name").as_string() == "originalSender");
    CHECK(properties[0].at("type").as_string() == "iso6523-actorid-upis");
    CHECK(properties[2].at("value").as_string() == "t 1");
    CHECK(properties[2].at("type").is_null());
    CHECK(properties[3].at("type").as_string() == "urn:t");
    const auto& of_part = item.at("parts").at(0).at("properties").as_array();
    REQUIRE(of_part.size() == 2);
    CHECK(of_part[0].at("type").as_string() == "urn:z");
    CHECK(of_part[1].at("type").is_null());

    // The sender sees the same.
    auto request = Pair::request("mt-a", "GET", "/v1/messages");
    const auto rows = body_of(pair.ask(pair.rest_a, request));
    const auto sent = pair.message(std::string(rows.at("items").at(0).at("id").as_string()));
    CHECK(sent.at("properties") == item.at("properties"));
    CHECK(sent.at("parts").at(0).at("properties") == item.at("parts").at(0).at("properties"));
}

TEST_CASE(
    "what is not told is made here: ids, fields in their order, a message without payload",
    "[api][TA05][TA18]"
)
{
    Pair pair(terms());
    const auto item = arrive(
        pair, Form(described(pair)).add("first", "1").add("second", "2", "text/plain").end()
    );
    CHECK_FALSE(item.at("conversation_id").as_string().empty());
    REQUIRE(item.at("parts").as_array().size() == 2);
    CHECK(item.at("parts").at(0).at("content_id").as_string() == "first");
    CHECK(item.at("parts").at(1).at("mime_type").as_string() == "text/plain");
    const auto bare = arrive(pair, Form(described(pair)).end());
    CHECK(bare.at("parts").as_array().empty());
}

TEST_CASE("without four corners the parties themselves send and receive", "[api]")
{
    Pair pair(terms(false));
    const auto message = R"({"peer":"ap0002-test","service":{"value":"urn:s"},"action":"urn:a"})";
    const auto item = arrive(pair, Form(message).add("p", "x").end(), "party");
    CHECK(item.at("sender").as_string() == support::party_a);
    CHECK(item.at("recipient").as_string() == support::party_b);
    CHECK(item.at("properties").as_array().empty());
    // Only a client that has the party among its participants.
    CHECK(code_of(post(pair, Form(message).end(), "mt-a")) == "not_your_participant");
    const auto mixed = post(pair, Form(described(pair)).end(), "mt-a");
    CHECK(code_of(mixed) == "bad_value");
    CHECK(
        pair.ask(
                pair.rest_a,
                Pair::request("mt-a", "POST", "/v1/messages", pair.document(), "application/xml")
        )
            .status == 422
    );
}

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
    refused(R"(,"message_id":"a b@c")", "MessageId");
    refused(R"(,"ref_to_message_id":"<a@b>")", "RefToMessageId");
    refused(R"(,"conversation_id":"a  b")", "white space");
    refused(R"(,"properties":[{"name":"n","value":"a\u0001b"}])", "XML cannot carry");
    refused(R"(,"properties":[{"name":"n","value":" a"}])", "white space");
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
        {.content_id = "p", .max_size = 3}, {.content_id = "q", .required = false}};
    agreed.pmode.payload_total = 5;
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
    agreed.pmode.limits.ratio_floor = 1000;
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

TEST_CASE("the same key and content get the first answer, other content is a conflict", "[api]")
{
    Pair pair(terms());
    const auto body = Form(described(pair)).add("p", "x").end();
    const auto first = post(pair, body, "mt-a", "\"key 1\"");
    REQUIRE(first.status == 202);
    const auto again = post(pair, body, "mt-a", "key 1");
    CHECK(again.status == 202);
    CHECK(body_of(again).at("id") == body_of(first).at("id"));
    CHECK(body_of(again).at("existed").as_bool());
    const auto other = Form(described(pair)).add("p", "y").end();
    CHECK(code_of(post(pair, other, "mt-a", "key 1")) == "conflict");
    const auto renamed = Form(described(pair, R"(,"conversation_id":"c")")).add("p", "x").end();
    CHECK(post(pair, renamed, "mt-a", "key 1").status == 409);
    // Without a key each is a message of its own.
    CHECK(body_of(post(pair, body)).at("id") != body_of(post(pair, body)).at("id"));
}

TEST_CASE("a chosen MessageId is a key, and belongs to one message only", "[api]")
{
    Pair pair(terms());
    const auto body = Form(described(pair, R"(,"message_id":"m@x")")).add("p", "x").end();
    const auto first = post(pair, body);
    CHECK(body_of(first).at("message_id").as_string() == "m@x");
    CHECK(body_of(post(pair, body)).at("existed").as_bool());
    const auto other = Form(described(pair, R"(,"message_id":"m@x")")).add("p", "y").end();
    CHECK(code_of(post(pair, other)) == "conflict");
    CHECK(code_of(post(pair, other, "mt-a", "another key")) == "conflict");
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
            most = files_in(spool);
            co_return base::Error(http::errc::closed);
        }
        support::ScriptedRequest& inner;
        base::Path spool;
        std::size_t most = 0;
    };
    auto sent = Pair::request("mt-a", "POST", "/v1/messages", begun, form_type);
    Vanishing request(sent);
    request.spool = pair.a.folder() / "spool";
    const auto answer = support::wait_for(pair.io, pair.rest_a.handle(request));
    CHECK(answer.status == 400);
    CHECK(request.most == 1);
    CHECK(files_in(pair.a.folder() / "spool") == 0);
}

TEST_CASE(
    "a test message is receipted and never delivered, with a payload or without",
    "[api][TA16][TA17]"
)
{
    Pair pair;
    for (const bool with_payload : {false, true}) {
        auto message = described(pair);
        const std::string own = R"({"value":"urn:s"},"action":"urn:a")";
        message.replace(
            message.find(own), own.size(),
            R"({"value":")" + std::string(ebms::test_service) + R"("},"action":")" +
                std::string(ebms::test_action) + "\""
        );
        Form form(message);
        if (with_payload) form.add("p", "x");
        const auto taken = post(pair, form.end());
        INFO(taken.body);
        REQUIRE(taken.status == 202);
        const std::string id(body_of(taken).at("id").as_string());
        for (int turns = 0; turns < 2000; ++turns) {
            if (pair.message(id).at("state").as_string() == "delivered") break;
            pair.io.restart();
            pair.io.run_for(std::chrono::milliseconds(5));
        }
        CHECK(pair.message(id).at("state").as_string() == "delivered");
    }
    const auto lease = Pair::request("mt-b", "POST", "/v1/inbox/lease", "{}", "application/json");
    CHECK(body_of(pair.ask(pair.rest_b, lease)).at("items").as_array().empty());
    const auto list = body_of(pair.ask(pair.admin_b, Pair::request("", "GET", "/admin/messages")));
    REQUIRE(list.at("items").as_array().size() == 2);
    for (const auto& row : list.at("items").as_array()) {
        CHECK(row.at("state").as_string() == "answered");
        const auto path = "/admin/messages/" + std::string(row.at("id").as_string());
        const auto shown = body_of(pair.ask(pair.admin_b, Pair::request("", "GET", path)));
        CHECK(shown.at("parts").as_array().empty());
        CHECK_FALSE(shown.at("receipt").is_null());
    }
}
