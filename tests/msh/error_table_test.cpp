// SPDX-License-Identifier: Apache-2.0
// Design 5.6 row by row, as a peer meets it at the AS4 door: code, fixed fields, HTTP status, which
// message is named, and whether the statement is signed.
#include "../as4/recipe.hpp"

#include "crypto/digest.hpp"
#include "support/access_point.hpp"

#include <catch2/catch.hpp>

namespace {

// The table of ebMS 3.0 Core 6.7 and AS4 for the codes we send.
struct Fixed {
    std::string code;
    std::string short_description;
    std::string category;
    std::string origin;
};
const std::vector<Fixed> codes{
    {"EBMS:0003", "ValueInconsistent", "Content", "ebMS"},
    {"EBMS:0004", "Other", "Content", "ebMS"},
    {"EBMS:0007", "MimeInconsistency", "Unpackaging", "ebMS"},
    {"EBMS:0008", "FeatureNotSupported", "Unpackaging", "ebMS"},
    {"EBMS:0009", "InvalidHeader", "Unpackaging", "ebMS"},
    {"EBMS:0010", "ProcessingModeMismatch", "Processing", "ebMS"},
    {"EBMS:0011", "ExternalPayloadError", "Content", "ebMS"},
    {"EBMS:0101", "FailedAuthentication", "Processing", "security"},
    {"EBMS:0102", "FailedDecryption", "Processing", "security"},
    {"EBMS:0103", "PolicyNoncompliance", "Processing", "security"},
    {"EBMS:0303", "DecompressionFailure", "Communication", "ebMS"},
};

struct Door {
    boost::asio::io_context io{1};
    support::AccessPoint b{io, exchange().b, {}};

    http::Response receive(
        const support::HttpBody& body, std::optional<base::Error> failure = {},
        std::optional<crypto::Certificate> tls_certificate = {}
    )
    {
        support::ScriptedRequest request("POST", "/as4", body.octets);
        request.failure = std::move(failure);
        request.certificate = std::move(tls_certificate);
        request.fields.set("Content-Type", body.content_type);
        return support::wait_for<http::Response>(io, b.msh().receive(request));
    }
};

// A message that A sends with something wrong, and what is to be answered.
struct Row {
    std::string situation;
    std::string code;
    bool known;                              // the peer's signature was proven: signed
    std::function<void(Recipe&)> spoil;      // before it is made
    bool named = true;                       // its MessageId could be read
    std::function<void(base::Bytes&)> after; // to the octets on the wire
};

ebms::Property& property(Recipe& recipe, const std::string& name)
{
    return *std::ranges::find(recipe.message.properties, name, &ebms::Property::name);
}

void sign_as(Recipe& recipe, const support::Authority& authority, const std::string& name)
{
    static std::map<std::string, crypto::Signer> kept;
    const auto key = authority.identity(name).certificate().fingerprint();
    recipe.signer = &kept.try_emplace(key, authority.identity(name).signer()).first->second;
}

std::string nested(int depth)
{
    std::string open;
    std::string close;
    for (int i = 0; i < depth; ++i) {
        open += "<x>";
        close += "</x>";
    }
    return open + close;
}

const std::vector<Row> rows{
    {"not well-formed",
     "EBMS:0009",
     false,
     [](Recipe& r) { r.after_signing = replacing("</S12:Header>", "</S12:Head>"); },
     false,
     {}},
    {"DOCTYPE",
     "EBMS:0009",
     false,
     [](Recipe& r) { r.after_signing = [](base::Bytes& soap) { soap.insert(0, "<!DOCTYPE a>"); }; },
     false,
     {}},
    {"not schema valid",
     "EBMS:0009",
     false,
     [](Recipe& r) {
         r.before_signing =
             replacing("<eb:CollaborationInfo>", "<eb:Extra></eb:Extra><eb:CollaborationInfo>");
     },
     true,
     {}},
    {"limits of XML",
     "EBMS:0009",
     false,
     [](Recipe& r) { r.after_signing = replacing("</S12:Header>", nested(80) + "</S12:Header>"); },
     false,
     {}},
    {"MIME truncated", "EBMS:0007", true, [](Recipe&) {}, true,
     [](base::Bytes& body) { body.resize(body.size() - 40); }},
    {"MIME broken", "EBMS:0007", false, [](Recipe&) {}, false,
     [](base::Bytes& body) { body.replace(0, 17, "--recipe-boundarx"); }},
    {"limits of MIME", "EBMS:0007", false, [](Recipe&) {}, false,
     [](base::Bytes& body) { body.insert(0, std::string(8000, 'x') + "\r\n"); }},
    {"a second UserMessage",
     "EBMS:0003",
     false,
     [](Recipe& r) {
         r.before_signing = [](base::Bytes& text) {
             const auto begin = text.find("<eb:UserMessage");
             const auto end = text.find("</eb:UserMessage>") + 17;
             text.insert(end, text.substr(begin, end - begin));
         };
     },
     true,
     {}},
    {"values that contradict each other",
     "EBMS:0003",
     false,
     [](Recipe& r) { r.message.parts[0].properties.push_back({"MimeType", "text/plain", ""}); },
     true,
     {}},
    {"no P-Mode for the party",
     "EBMS:0010",
     false,
     [](Recipe& r) { r.message.from.id.value = "AP0009-TEST"; },
     true,
     {}},
    {"no P-Mode for the agreement",
     "EBMS:0010",
     false,
     [](Recipe& r) { r.message.to.role = "urn:other"; },
     true,
     {}},
    {"external payload",
     "EBMS:0011",
     true,
     [](Recipe& r) { r.message.parts[0].href = "https://elsewhere.example/payload"; },
     true,
     {}},
    {"part and PartInfo do not match",
     "EBMS:0011",
     true,
     [](Recipe& r) { r.parts.clear(); },
     true,
     {}},
    {"unsigned",
     "EBMS:0103",
     false,
     [](Recipe& r) {
         r.after_signing = [](base::Bytes& soap) {
             const auto begin = soap.find("<ds:Signature ");
             soap.erase(begin, soap.find("</ds:Signature>") + 15 - begin);
         };
     },
     true,
     {}},
    {"uncovered part", "EBMS:0103", true, [](Recipe& r) { r.digests.clear(); }, true, {}},
    {"unencrypted part",
     "EBMS:0103",
     true,
     [](Recipe& r) {
         r.encrypted.clear();
         r.parts[0].encrypted = false;
     },
     true,
     {}},
    {"algorithm not allowed",
     "EBMS:0103",
     false,
     [](Recipe& r) { r.after_signing = replacing("more#rsa-sha256", "more#rsa-sha512"); },
     true,
     {}},
    {"header signature wrong",
     "EBMS:0101",
     false,
     [](Recipe& r) { r.after_signing = replacing("<eb:Timestamp>2", "<eb:Timestamp>3"); },
     true,
     {}},
    {"a signed Timestamp that has expired",
     "EBMS:0101",
     true,
     [](Recipe& r) {
         const auto then = base::now() - std::chrono::hours(1);
         r.timestamp = {"TS", then, then + std::chrono::minutes(5)};
     },
     true,
     {}},
    {"signer not trusted",
     "EBMS:0101",
     false,
     [](Recipe& r) { sign_as(r, support::Authority("stranger"), support::party_a); },
     true,
     {}},
    {"party is not the certificate's",
     "EBMS:0101",
     false,
     [](Recipe& r) { sign_as(r, support::Authority(), "AP0003-TEST"); },
     true,
     {}},
    {"attachment digest wrong",
     "EBMS:0101",
     true,
     [](Recipe& r) { r.digests[0].sha256 = crypto::sha256("other"); },
     true,
     {}},
    {"OAEP failure",
     "EBMS:0102",
     true,
     [](Recipe& r) { r.recipient = exchange().a.signer.certificate(); },
     true,
     {}},
    {"GCM failure",
     "EBMS:0102",
     true,
     [](Recipe& r) {
         r.alter_wire_part = [](base::Bytes& octets, std::size_t) {
             octets.back() = static_cast<char>(octets.back() ^ 1);
         };
     },
     true,
     {}},
    {"gzip broken",
     "EBMS:0303",
     true,
     [](Recipe& r) {
         r.parts[0].octets.back() = static_cast<char>(r.parts[0].octets.back() ^ 1);
         r.digests[0].sha256 = crypto::sha256(r.parts[0].octets);
     },
     true,
     {}},
    {"gzip over its limits",
     "EBMS:0303",
     true,
     [](Recipe& r) {
         r.parts[0].octets = support::gzip(base::Bytes(12'000'000, ' '));
         r.digests[0].sha256 = crypto::sha256(r.parts[0].octets);
     },
     true,
     {}},
    {"recipient not served here",
     "EBMS:0004",
     true,
     [](Recipe& r) { property(r, "finalRecipient").value = "0203:nobody.example"; },
     true,
     {}},
};

ebms::SignalMessage signal_in(const base::Bytes& soap)
{
    const auto document = xml::Document::parse(soap);
    REQUIRE(document);
    const auto envelope = wss::locate(*document);
    REQUIRE(envelope);
    const auto message = ebms::read(envelope->messaging);
    REQUIRE(message);
    return std::get<ebms::Signals>(*message).messages.at(0);
}

// Whether A takes it for B's own statement about that message.
bool is_authentic(const base::Bytes& soap, const std::string& message_id)
{
    as4::Sealed sent;
    sent.message_id = message_id;
    const auto& a = exchange().a;
    const auto read = as4::read_signal(soap, sent, a.peer(), a.trust, exchange().now);
    REQUIRE(read);
    return std::get<as4::PeerError>(*read).authentic;
}

void check_fields(const ebms::Error& error, const std::string& code)
{
    const auto fixed = std::ranges::find(codes, code, &Fixed::code);
    REQUIRE(fixed != codes.end());
    CHECK(error.code == code);
    CHECK(error.short_description == fixed->short_description);
    CHECK(error.severity == "failure");
    CHECK(error.category == fixed->category);
    CHECK(error.origin == fixed->origin);
    CHECK_FALSE(error.detail.empty());
    CHECK_FALSE(error.description.empty());
}

support::HttpBody cooked(const Row& row, std::string& message_id)
{
    Recipe recipe(exchange());
    row.spoil(recipe);
    message_id = recipe.message.info.message_id;
    auto body = recipe.cook();
    if (row.after) row.after(body.octets);
    return body;
}

} // namespace

TEST_CASE(
    "each refusal is told with its code, and signed only to whom we know", "[msh][ebMS 6.7][TA30]"
)
{
    Door door;
    for (const auto& row : rows) {
        INFO(row.situation);
        std::string message_id;
        const auto body = cooked(row, message_id);
        const auto answer = door.receive(body);
        CHECK(answer.status == 200);
        CHECK(answer.headers.get("Content-Type") == "application/soap+xml; charset=UTF-8");
        const auto signal = signal_in(answer.body);
        REQUIRE(signal.errors.size() == 1);
        check_fields(signal.errors[0], row.code);
        CHECK(answer.body.find("<eb:Description xml:lang=\"en\">") != base::Bytes::npos);
        const std::string named = row.named ? message_id : "";
        CHECK(signal.info.ref_to_message_id == named);
        CHECK(signal.errors[0].ref_to_message == named);
        CHECK((answer.body.find("SignatureValue") != base::Bytes::npos) == row.known);
        if (row.named) CHECK(is_authentic(answer.body, message_id) == row.known);

        // Whoever our CAs vouch for in TLS gets a signed statement at any rate.
        const auto tls = exchange().a.identity.certificate();
        const auto known = door.receive(body, {}, tls);
        CHECK(known.body.find("SignatureValue") != base::Bytes::npos);
        if (row.named) CHECK(is_authentic(known.body, message_id));
    }
    // Nothing of all this was taken; what was proven and not served has its log row, as often.
    CHECK(door.b.queue()
              .list({.visibility = queue::Visibility::all(), .state = queue::State::received})
              ->empty());
    CHECK(door.b.queue().list({.visibility = queue::Visibility::all()})->size() == 2);
    CHECK(
        door.b.queue()
            .list({.visibility = queue::Visibility::all(), .state = queue::State::refused})
            ->size() == 2
    );
}

TEST_CASE("failures of OAEP and of GCM are told in one text", "[msh][facts attack 12]")
{
    Door door;
    std::set<std::string> texts;
    for (const auto& row : rows) {
        if (row.code != "EBMS:0102") continue;
        std::string ignored;
        const auto error = signal_in(door.receive(cooked(row, ignored)).body).errors[0];
        texts.insert(error.description + "|" + error.detail);
    }
    CHECK(texts.size() == 1);
}

TEST_CASE("what is not served is told in SDK's word", "[msh][DIGG TP-AS4 2.5]")
{
    Door door;
    std::string ignored;
    const auto error = signal_in(door.receive(cooked(rows.back(), ignored)).body).errors[0];
    CHECK(error.detail == "NOT_SERVICED");
}

TEST_CASE("over the size limit is 413 with EBMS:0004", "[msh]")
{
    Door door;
    const auto body = Recipe(exchange()).cook();
    const auto answer = door.receive(body, base::Error(http::errc::too_large, "body"));
    CHECK(answer.status == 413);
    check_fields(signal_in(answer.body).errors.at(0), "EBMS:0004");
}

TEST_CASE("what we cannot take now is 503 with Retry-After and no ebMS error", "[msh]")
{
    Door door;
    const auto body = Recipe(exchange()).cook();
    const auto code = GENERATE(base::errc::disk_full, base::errc::io_failed);
    const auto answer = door.receive(body, base::Error(code));
    CHECK(answer.status == 503);
    const auto told = std::stoi(std::string(answer.headers.get("Retry-After").value_or("0")));
    CHECK(told >= 30);
    CHECK(told <= 45); // so that not all come back at once
    CHECK(answer.body.find("Error") == base::Bytes::npos);
}

TEST_CASE("a PullRequest is a feature that is not there", "[msh][facts attack 25]")
{
    Door door;
    const auto answer = door.receive(
        {"application/soap+xml",
         "<S:Envelope xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\"><S:Header><eb:Messaging "
         "xmlns:eb=\"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/\" "
         "S:mustUnderstand=\"true\"><eb:SignalMessage><eb:MessageInfo><eb:Timestamp>"
         "2026-11-22T01:02:03Z</eb:Timestamp><eb:MessageId>p@x</eb:MessageId></eb:MessageInfo>"
         "<eb:PullRequest/></eb:SignalMessage></eb:Messaging></S:Header><S:Body/></S:Envelope>"}
    );
    check_fields(signal_in(answer.body).errors.at(0), "EBMS:0008");
    CHECK(answer.body.find("SignatureValue") == base::Bytes::npos);
}
