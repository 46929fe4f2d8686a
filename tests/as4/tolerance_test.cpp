// SPDX-License-Identifier: Apache-2.0
// What real peers do differently and may: each is borne, and what looks like it and may not be is
// refused. Where it is seen: facts of the peers; those that concern wsse:Security alone are in
// tests/wss.
#include "recipe.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

namespace {

void replace_all(base::Bytes& text, std::string_view what, std::string_view with)
{
    REQUIRE(text.find(what) != base::Bytes::npos);
    for (std::size_t at = text.find(what); at != base::Bytes::npos;
         at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// eb:Messaging in other words: replacements, and the canonical form of what they make.
std::function<void(base::Bytes&)>
reworded(std::vector<std::pair<std::string, std::string>> replacements)
{
    return [replacements = std::move(replacements)](base::Bytes& messaging) {
        for (const auto& [what, with] : replacements)
            replace_all(messaging, what, with);
        const auto document = xml::Document::parse(messaging);
        messaging = xml::canonical(document.value().root()).value();
    };
}

std::string cut(base::Bytes& text, std::string_view begin, std::string_view end)
{
    const auto from = text.find(begin);
    const auto to = text.find(end, from) + end.size();
    const auto piece = text.substr(from, to - from);
    text.erase(from, to - from);
    return piece;
}

std::vector<std::string> told_of(const std::vector<ebms::Property>& properties)
{
    std::vector<std::string> all;
    for (const auto& each : properties)
        all.push_back(each.name + "|" + each.type + "|" + each.value);
    return all;
}

support::Exchange in_clear()
{
    support::Terms terms;
    terms.pmode.must_encrypt = false;
    return support::Exchange(terms);
}

} // namespace

TEST_CASE("eb:Messaging is read whatever prefixes it has", "[as4][facts 3.3]")
{
    Recipe recipe(exchange());
    SECTION("the default namespace")
    {
        recipe.before_signing =
            reworded({{"<eb:", "<"}, {"</eb:", "</"}, {" xmlns:eb=", " xmlns="}});
    }
    SECTION("mustUnderstand under another prefix than the envelope's, as 1")
    {
        recipe.before_signing = reworded(
            {{" xmlns:S12=", " xmlns:ns3="},
             {"S12:mustUnderstand=\"true\"", "ns3:mustUnderstand=\"1\""}}
        );
    }
    SECTION("no mustUnderstand")
    {
        recipe.before_signing = reworded({{" S12:mustUnderstand=\"true\"", ""}});
    }
    SECTION("Id without wsu")
    {
        recipe.before_signing = reworded({{" wsu:Id=", " Id="}});
    }
    SECTION("an empty ConversationId")
    {
        recipe.message.conversation_id.clear();
    }
    CHECK(refused(recipe) == "accepted");
}

TEST_CASE("the envelope may look otherwise than ours", "[as4][facts 3.3]")
{
    Recipe recipe(exchange());
    SECTION("a byte order mark") // [ED115 1.4.2.2]
    {
        recipe.after_signing = [](base::Bytes& soap) { soap.insert(0, "\xEF\xBB\xBF"); };
    }
    SECTION("an XML declaration")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            soap.insert(0, "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"no\"?>\r\n");
        };
    }
    SECTION("wsse:Security behind eb:Messaging")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto security = cut(soap, "<wsse:Security ", "</wsse:Security>");
            soap.insert(soap.find("</S12:Header>"), security);
        };
    }
    SECTION("white space between the header blocks")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            for (const auto* place : {"<wsse:Security ", "<ds:Signature ", "<S12:Body "})
                soap.insert(soap.find(place), "\r\n  ");
        };
    }
    SECTION("line breaks in base64 that nobody signed")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            for (const std::string_view place :
                 {"<ds:SignatureValue>", "<xenc:CipherValue>", "#Base64Binary\""}) {
                const auto value = soap.find('>', soap.find(place)) + 1;
                soap.insert(value + 76, "&#13;\n");
                soap.insert(value, "\n  \t");
            }
        };
    }
    SECTION("a foreign block that need not be understood")
    {
        recipe.after_signing = replacing("</S12:Header>", "<x xmlns=\"urn:x\"/></S12:Header>");
    }
    CHECK(refused(recipe) == "accepted");
}

TEST_CASE("the MIME parts may look otherwise than ours", "[as4][facts 3.3]")
{
    const auto open = in_clear();
    Recipe recipe(open);
    recipe.encrypted.clear();
    recipe.parts[0].encrypted = false;
    recipe.parts[0].type = "application/gzip";
    auto body = recipe.cook();
    SECTION("line feeds alone")
    {
        replace_all(body.octets, "\r\n", "\n");
    }
    SECTION("a line break and a preamble before the first boundary")
    {
        body.octets.insert(0, "\r\npreamble\r\n");
    }
    SECTION("no line break behind the last boundary")
    {
        body.octets.resize(body.octets.size() - 2);
    }
    SECTION("an epilogue")
    {
        body.octets += "epilogue";
    }
    SECTION("further header fields")
    {
        replace(
            body.octets, "Content-ID: <message>",
            "Content-Description: Attachment\r\nContent-Disposition: attachment;\r\n "
            "filename=\"x.gz\"\r\nX-Other: y\r\ncontent-id: <message>"
        );
    }
    SECTION("a transfer encoding that changes nothing")
    {
        const auto* name = GENERATE("binary", "8bit", "7bit", "Binary");
        replace(
            body.octets, "Content-ID: <message>",
            std::string("Content-Transfer-Encoding: ") + name + "\r\nContent-ID: <message>"
        );
    }
    SECTION("a Content-ID without angle brackets")
    {
        replace(body.octets, "Content-ID: <message>", "Content-ID: message");
    }
    SECTION("no type parameter, a start without angle brackets")
    {
        body.content_type = "multipart/related;boundary=recipe-boundary;start=root";
    }
    SECTION("parameters unquoted, an action")
    {
        body.content_type = "Multipart/Related; type=application/soap+xml; "
                            "boundary=recipe-boundary; action=\"urn:x\"; charset=utf-8";
    }
    CHECK(refused(body, open) == "accepted");
}

TEST_CASE("a transfer encoding that changes octets is refused", "[as4][facts attack 18]")
{
    const auto* name = GENERATE("base64", "quoted-printable", "x-gzip");
    auto body = Recipe(exchange()).cook();
    replace(
        body.octets, "Content-ID: <message>",
        std::string("Content-Transfer-Encoding: ") + name + "\r\nContent-ID: <message>"
    );
    CHECK(refused(body) == "EBMS:0007");
}

TEST_CASE("a percent-encoded cid is decoded wherever it stands", "[as4][RFC 2392]")
{
    Recipe recipe(exchange());
    recipe.message.parts[0].href = "cid:m%65ssage%40x";
    recipe.digests[0].content_id = recipe.encrypted[0].content_id = recipe.parts[0].content_id =
        "message@x";
    recipe.after_signing =
        replacing("CipherReference URI=\"cid:message@x", "CipherReference URI=\"cid:message%40x");
    CHECK(refused(recipe) == "accepted");
}

TEST_CASE("more than thirty parts pass where the P-Mode lets them", "[as4][facts 3.3]")
{
    support::Terms terms;
    terms.pmode.limits.parts = 60;
    const support::Exchange wide(terms);
    Recipe recipe(wide);
    for (int i = 1; i < 60; ++i)
        recipe.add("part-" + std::to_string(i), "x");
    CHECK(refused(recipe, wide) == "accepted");
    recipe.add("part-60", "x");
    CHECK(refused(recipe, wide) == "EBMS:0007");
}

TEST_CASE("properties with a type and without one are both taken", "[as4][TA20][TA44]")
{
    Recipe recipe(exchange());
    recipe.message.properties.push_back({"typed", "1", "urn:type"});
    recipe.message.properties.push_back({"untyped", "2", ""});
    recipe.message.parts[0].properties.push_back({"typed", "3", "urn:type"});
    recipe.message.parts[0].properties.push_back({"untyped", "4", ""});
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE(verified);
    CHECK(told_of(verified->message().properties) == told_of(recipe.message.properties));
    CHECK(
        told_of(verified->message().parts[0].properties) ==
        told_of(recipe.message.parts[0].properties)
    );
}

TEST_CASE("a second PartyId is refused", "[as4][TA03]")
{
    Recipe recipe(exchange());
    const auto side = GENERATE(std::string("From"), std::string("To"));
    recipe.before_signing = [&](base::Bytes& messaging) {
        const auto begin = messaging.find("<eb:PartyId", messaging.find("<eb:" + side + ">"));
        const auto end = messaging.find("</eb:PartyId>", begin) + 13;
        messaging.insert(end, messaging.substr(begin, end - begin));
    };
    CHECK(refused(recipe) == "EBMS:0003");
}

namespace {

std::string utf16(std::string_view ascii)
{
    std::string out = "\xFF\xFE";
    for (const char c : ascii)
        (out += c) += '\0';
    return out;
}

std::string declared(const std::string& encoding)
{
    return "<?xml version='1.0' encoding='" + encoding + "'?>\n";
}

} // namespace

TEST_CASE("a SOAP part is read in each encoding that XML writers choose", "[as4][XML 4.3.3]")
{
    // Signed as it is; what is signed is the canonical form, which is UTF-8 in every encoding.
    const std::string soap_type = "application/soap+xml; charset=UTF-8";
    Recipe recipe(exchange());
    recipe.root_type = soap_type;
    std::string expected = "accepted";
    std::string declaration;
    bool wide = false;
    SECTION("as lxml writes it")
    {
        declaration = declared("ASCII");
    }
    SECTION("US-ASCII by its alias")
    {
        declaration = declared("ansi_x3.4-1968");
    }
    SECTION("Latin-1")
    {
        declaration = declared("latin1");
    }
    SECTION("windows-1252")
    {
        declaration = declared("Windows-1252");
    }
    SECTION("a byte order mark")
    {
        declaration = "\xEF\xBB\xBF" + declared("utf8");
    }
    SECTION("UTF-16, and the part says so")
    {
        wide = true;
    }
    SECTION("an encoding that is not read")
    {
        declaration = declared("IBM037");
        expected = "EBMS:0008";
    }
    SECTION("declared UTF-16, which it is not")
    {
        declaration = declared("UTF-16");
        expected = "EBMS:0009";
    }
    SECTION("declared ASCII, with other octets")
    {
        declaration = declared("ASCII") + "<!-- \xC3\xA5 -->";
        expected = "EBMS:0009";
    }
    SECTION("Latin-1, where the part says UTF-8")
    {
        declaration = declared("latin1") + "<!-- \xE5 -->";
    }
    SECTION("a DOCTYPE in UTF-16")
    {
        wide = true;
        declaration = "<!DOCTYPE a>";
        expected = "EBMS:0009";
    }
    recipe.after_signing = [&](base::Bytes& soap) {
        soap.insert(0, declaration);
        if (wide) soap = utf16(soap);
    };
    for (const char* charset : {"UTF-8", "utf-16", "us-ascii", "x-unknown"}) {
        auto body = recipe.cook();
        replace(body.octets, soap_type, std::string("application/soap+xml; charset=") + charset);
        INFO(charset);
        CHECK(refused(body) == expected);
    }
}

TEST_CASE(
    "octets that only the charset explains are refused, but not in signals", "[as4][RFC 7303]"
)
{
    const auto* charset = GENERATE("us-ascii", "ISO-8859-1", "UTF-16", "x-unknown");
    const std::string type = std::string("application/soap+xml; charset=") + charset;
    const std::string letter = "<!-- \xC3\xA5 -->";
    Recipe recipe(exchange());
    recipe.root_type = type;
    CHECK(refused(recipe) == "accepted"); // ASCII means the same in each
    recipe.after_signing = [&](base::Bytes& soap) { soap.insert(0, letter); };
    CHECK(refused(recipe) == "EBMS:0009");
    recipe.root_type = "application/soap+xml; charset=UTF-8";
    CHECK(refused(recipe) == "accepted");
    const auto context = exchange().a.context();
    const auto answer = as4::error_answer(base::Error(as4::errc::decompression));
    const auto error =
        as4::make_error_signal(answer, "x@a.example", exchange().b.signer, exchange().now).value();
    for (const auto& [octets, aside] : std::vector<std::pair<base::Bytes, bool>>{
             {letter + error, true}, {letter + "<a/>", false}, {"<!-- \xE5 -->" + error, false}
         }) {
        auto unpacker = as4::Unpacker::start(context, type, exchange().now).value();
        const auto fed = unpacker.feed(octets);
        const auto finished = fed ? unpacker.finish() : fed.error();
        REQUIRE_FALSE(finished);
        CHECK((unpacker.signal() != nullptr) == aside);
        CHECK((finished.error().code == as4::errc::not_a_user_message) == aside);
        if (aside) CHECK(*unpacker.signal() == octets);
    }
}

TEST_CASE(
    "party ids without type are taken where the P-Mode says so, and receipted as they came",
    "[as4][EBMS 5.2.2.4]"
)
{
    support::Terms terms;
    terms.pmode.accept_untyped_party_ids = true;
    const support::Exchange tolerant(terms);
    Recipe recipe(tolerant);
    SECTION("From")
    {
        recipe.message.from.id.type.clear();
    }
    SECTION("To")
    {
        recipe.message.to.id.type.clear();
    }
    SECTION("both")
    {
        recipe.message.from.id.type.clear();
        recipe.message.to.id.type.clear();
    }
    const auto body = recipe.cook();
    CHECK(refused(body) == "EBMS:0003"); // not otherwise
    const auto verified = support::unpack(tolerant.b.context(), body, tolerant.now);
    REQUIRE(verified);
    CHECK(verified->message().from.id == recipe.message.from.id); // as it came
    CHECK(verified->message().to.id == recipe.message.to.id);
    const auto receipt = as4::make_receipt(*verified, tolerant.b.signer, tolerant.now);
    REQUIRE(receipt);
    REQUIRE(verified->references().size() >= 3);
    for (const auto& reference : verified->references())
        CHECK(receipt->soap.find(reference) != std::string::npos);
    const auto typed_wrongly = [&](ebms::Party& party) {
        party.id.type = "urn:other";
        return refused(recipe, tolerant);
    };
    CHECK(typed_wrongly(recipe.message.from) == "EBMS:0010");
    Recipe other(tolerant);
    other.message.from.id = {"AP0009-TEST", ""};
    CHECK(refused(other, tolerant) == "EBMS:0003");
}

TEST_CASE("an uncompressed XML payload is verified in the encoding it has", "[as4][SwA 1.1.1]")
{
    const std::string encoding = GENERATE("ASCII", "ISO-8859-1", "windows-1252");
    const std::string letter = encoding == "ASCII" ? "&#228;" : "\xE4";
    const std::vector<support::Payload> payloads{
        {"message", "text/xml", declared(encoding) + "<a>h" + letter + "lsning</a>", false}
    };
    const auto& [a, b, now] = exchange();
    const auto body = support::wire(support::pack(a, b, now, payloads), a, b);
    const auto verified = support::unpack(b.context(), body, now);
    if (!verified) FAIL(verified.error().text());
    CHECK(support::content_octets(verified->parts()[0].content) == payloads[0].octets);
}

TEST_CASE("CompressionType is a media type, in either case", "[as4][RFC 2045 5.1]")
{
    Recipe recipe(exchange());
    const auto with = [&](const std::string& type) {
        for (auto& property : recipe.message.parts[0].properties)
            if (property.name == "CompressionType") property.value = type;
        return refused(recipe);
    };
    CHECK(with("Application/GZip") == "accepted");
    CHECK(with("application/gzip2") == "EBMS:0003");
}
