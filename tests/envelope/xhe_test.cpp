// SPDX-License-Identifier: Apache-2.0
// The XHE header: the published samples, each value that routing needs, and attempts to pose as
// one.
#include "envelope/xhe.hpp"

#include "base/id.hpp"
#include "support/shared_data.hpp"
#include "xml/errc.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using envelope::errc;

namespace {

base::Result<envelope::XheHeader> read_in_pieces(std::string_view text, std::size_t size)
{
    envelope::XheReader reader;
    for (std::size_t at = 0; at < text.size(); at += size)
        if (const base::Result<> fed = reader.feed(text.substr(at, size)); !fed) return fed.error();
    return reader.finish();
}

base::Result<envelope::XheHeader> read(std::string_view text)
{
    return read_in_pieces(text, text.size());
}

std::string criterion(const std::string& type, const std::string& value)
{
    return "<xha:BusinessScopeCriterion><BusinessScopeCriterionTypeCode>" + type +
           "</BusinessScopeCriterionTypeCode>"
           "<BusinessScopeCriterionValue>" +
           value + "</BusinessScopeCriterionValue></xha:BusinessScopeCriterion>";
}

std::string party(const std::string& name, const std::string& value)
{
    return "<xha:" + name + "><xha:PartyIdentification><ID schemeID=\"iso6523-actorid-upis\">" +
           value + "</ID></xha:PartyIdentification></xha:" + name + ">";
}

const std::string start =
    "<x:XHE xmlns:x=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/ExchangeHeaderEnvelope\" "
    "xmlns=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/BasicComponents\" "
    "xmlns:xha=\"http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents\">";
const std::string version = "<XHEVersionID>1.0</XHEVersionID>";
const std::string header_id = "<ID>862693f7-53d4-4d96-b35c-470055710092</ID>";
const std::string header_start = "<xha:Header>" + header_id;
const std::string scope = "<xha:BusinessScope>" + criterion("DOCUMENTID", "doc##1::tm-base") +
                          criterion("DOCUMENTID_SCHEME", "busdox-docid-qns") +
                          criterion("PROCESSID", "bdx:noprocess") +
                          criterion("PROCESSID_SCHEME", "urn:process") +
                          criterion("FEDERATIONID", "SDK-QA") + "</xha:BusinessScope>";
const std::string from = party("FromParty", "0203:a.example");
const std::string to = party("ToParty", "0203:b.example");
const std::string header = header_start + scope + from + to + "</xha:Header>";
const std::string content = "<xha:PayloadContent><doc xmlns=\"urn:d\">x</doc></xha:PayloadContent>";
const std::string payloads =
    "<xha:Payloads><xha:Payload><ContentTypeCode>application/xml</ContentTypeCode>"
    "<HandlingServiceID>inbox</HandlingServiceID>" +
    content + "</xha:Payload></xha:Payloads>";
const std::string sample = start + version + header + payloads + "</x:XHE>";

std::string changed(const std::string& old, const std::string& with)
{
    std::string text = sample;
    const std::size_t at = text.find(old);
    if (at == std::string::npos) throw std::logic_error("not in the sample: " + old);
    return text.replace(at, old.size(), with);
}

boost::system::error_code error_with(const std::string& old, const std::string& with)
{
    const std::string text = changed(old, with);
    const auto whole = read(text);
    const auto pieces = read_in_pieces(text, 7);
    const boost::system::error_code error =
        whole ? boost::system::error_code() : whole.error().code;
    CHECK((pieces ? boost::system::error_code() : pieces.error().code) == error);
    return error;
}

} // namespace

TEST_CASE("every value of an XHE header is read", "[envelope][DIGG XHE 2.3]")
{
    for (std::size_t size = 1; size <= sample.size(); size = size * 3) {
        const auto got = read_in_pieces(sample, size);
        REQUIRE(got);
        CHECK(got->id == "862693f7-53d4-4d96-b35c-470055710092");
        CHECK(got->from == envelope::Participant{"iso6523-actorid-upis", "0203:a.example"});
        CHECK(got->to == envelope::Participant{"iso6523-actorid-upis", "0203:b.example"});
        CHECK(got->document_id == "doc##1::tm-base");
        CHECK(got->document_scheme == "busdox-docid-qns");
        CHECK(got->process_id == "bdx:noprocess");
        CHECK(got->process_scheme == "urn:process");
        CHECK(got->federation == "SDK-QA");
        CHECK(got->content_type == "application/xml");
        CHECK(got->handling_service == "inbox");
    }
}

TEST_CASE("the published samples of SDK are read", "[envelope][data]")
{
    const auto shared = support::shared_data("the published samples of SDK are read");
    if (!shared) return;
    const char* const files[] = {
        "data/sdk/xhe-v1/XHE-tm-base.xml",
        "data/sdk/xhe-v1/XHE-NonXML-tm-base.xml",
        "data/sdk/xhe-v1/XHE-tm-base-ext-sigenc.xml", // begins with a byte order mark
        "data/sdk/sdk-message-v3/xhe_encrypted_payload.xml",
        "data/sdk/sdk-message-v3/xhe_encrypted_payload_as_signed.xml",
        "data/sdk/sdk-message-v3/xhe_unencrypted_payload.xml",
    };
    for (const char* file : files) {
        INFO(file);
        const auto octets = base::read_file(*shared / file, 16u << 20);
        REQUIRE(octets);
        for (const std::size_t size : {std::size_t(1), std::size_t(4096), octets->size()}) {
            const auto got = read_in_pieces(*octets, size);
            INFO((got ? std::string() : got.error().text()));
            REQUIRE(got);
            CHECK(base::is_uuid(got->id));
            CHECK(got->from.scheme == "iso6523-actorid-upis");
            CHECK(got->from.value.starts_with("0203:"));
            CHECK(got->to.scheme == "iso6523-actorid-upis");
            CHECK(got->to.value.starts_with("0203:"));
            CHECK(got->document_scheme == "busdox-docid-qns");
            CHECK(got->document_id.find("::") != std::string::npos);
            CHECK_FALSE(got->process_id.empty()); // one of them is not about SDK
            CHECK(got->process_scheme == "urn:fdc:digg.se:edelivery:process");
        }
    }
}

TEST_CASE("each value that routing needs must be there, once", "[envelope]")
{
    REQUIRE_FALSE(error_with(version, version));
    const std::string needed[] = {
        version,
        header_id,
        from,
        to,
        "<ID schemeID=\"iso6523-actorid-upis\">0203:a.example</ID>",
        "<ID schemeID=\"iso6523-actorid-upis\">0203:b.example</ID>",
        criterion("DOCUMENTID", "doc##1::tm-base"),
        criterion("DOCUMENTID_SCHEME", "busdox-docid-qns"),
        criterion("PROCESSID", "bdx:noprocess"),
        criterion("PROCESSID_SCHEME", "urn:process"),
        scope,
        header,
    };
    for (const std::string& element : needed) {
        INFO(element);
        CHECK(error_with(element, "") == errc::incomplete);
        CHECK(error_with(element, element + element) == errc::incomplete);
    }
    CHECK(
        error_with(
            criterion("FEDERATIONID", "SDK-QA"),
            criterion("FEDERATIONID", "A") + criterion("FEDERATIONID", "B")
        ) == errc::incomplete
    );
    const std::string document_id = criterion("DOCUMENTID", "doc##1::tm-base");
    CHECK(
        error_with(document_id, criterion("DOCUMENTID", " ") + document_id) == errc::incomplete
    ); // an empty one is one
    CHECK(error_with(payloads, payloads + payloads) == errc::incomplete);
    CHECK(
        error_with(
            "<HandlingServiceID>inbox</HandlingServiceID>",
            "<HandlingServiceID>a</HandlingServiceID><HandlingServiceID>b</HandlingServiceID>"
        ) == errc::incomplete
    );
    const std::string identification =
        "<xha:PartyIdentification><ID schemeID=\"s\">0203:c.example</ID></xha:PartyIdentification>";
    CHECK(error_with("</xha:FromParty>", identification + "</xha:FromParty>") == errc::incomplete);
    CHECK(error_with("</xha:ToParty>", identification + "</xha:ToParty>") == errc::incomplete);
    CHECK(
        error_with(
            "<BusinessScopeCriterionValue>",
            "<BusinessScopeCriterionValue/><BusinessScopeCriterionValue>"
        ) == errc::incomplete
    );
    CHECK(
        error_with(
            "<BusinessScopeCriterionTypeCode>",
            "<BusinessScopeCriterionTypeCode>X</"
            "BusinessScopeCriterionTypeCode><BusinessScopeCriterionTypeCode>"
        ) == errc::incomplete
    );
}

TEST_CASE("what routing can do without may be missing", "[envelope]")
{
    CHECK_FALSE(error_with(criterion("FEDERATIONID", "SDK-QA"), ""));
    CHECK_FALSE(error_with("<HandlingServiceID>inbox</HandlingServiceID>", ""));
    CHECK_FALSE(error_with("<ContentTypeCode>application/xml</ContentTypeCode>", ""));
    CHECK_FALSE(error_with(payloads, ""));
    CHECK_FALSE(error_with(
        "</xha:BusinessScope>",
        criterion("OTHER", "x") + criterion("OTHER", "x") + "</xha:BusinessScope>"
    ));
    CHECK_FALSE(error_with(
        header_id, header_id + "<CreationDateTime>2026-01-01T00:00:00Z</CreationDateTime>"
    ));
}

TEST_CASE("values are trimmed, must not be empty, too long or hold elements", "[envelope]")
{
    const auto trimmed = read(changed(">0203:b.example<", ">\n  0203:b.example <!-- x -->\t<"));
    REQUIRE(trimmed);
    CHECK(trimmed->to.value == "0203:b.example");
    const auto comment = read(changed(">0203:b.example<", ">0203:b<!-- x -->.example<"));
    REQUIRE(comment);
    CHECK(comment->to.value == "0203:b.example"); // as the canonical form has it

    for (const char* value :
         {">0203:a.example<", ">0203:b.example<", ">bdx:noprocess<", ">urn:process<",
          ">doc##1::tm-base<", ">busdox-docid-qns<", ">862693f7-53d4-4d96-b35c-470055710092<"}) {
        INFO(value);
        CHECK(error_with(value, "> \n <") == errc::incomplete);
        CHECK(error_with(value, ">a<b/>c<") == errc::incomplete);
        CHECK_FALSE(error_with(value, ">" + std::string(1024, 'x') + "<"));
        CHECK(error_with(value, ">" + std::string(1025, 'x') + "<") == errc::incomplete);
    }
    CHECK(error_with(" schemeID=\"iso6523-actorid-upis\"", "") == errc::incomplete);
    CHECK(error_with("schemeID=\"iso6523-actorid-upis\"", "schemeID=\" \"") == errc::incomplete);
    CHECK(
        error_with(
            "schemeID=\"iso6523-actorid-upis\"", "schemeID=\"" + std::string(1025, 's') + "\""
        ) == errc::incomplete
    );
    CHECK(
        error_with("schemeID=\"iso6523-actorid-upis\"", "x:schemeID=\"iso6523-actorid-upis\"") ==
        errc::incomplete
    );

    std::string many;
    for (int i = 0; i < 96; ++i)
        many += criterion("OTHER", "x");
    CHECK(error_with("</xha:BusinessScope>", many + "</xha:BusinessScope>") == errc::incomplete);
}

TEST_CASE("only XHE 1.0 is read", "[envelope][DIGG XHE R9]")
{
    CHECK(error_with(">1.0<", ">1.1<") == errc::wrong_value);
    CHECK(error_with(">1.0<", "><") == errc::wrong_value);
    CHECK(read("<doc/>").error().code == errc::not_xhe);
    CHECK(read("<XHE/>").error().code == errc::not_xhe);
    CHECK(read("<a>" + sample + "</a>").error().code == errc::not_xhe);
    CHECK(
        error_with("XHE/1/ExchangeHeaderEnvelope", "XHE/2/ExchangeHeaderEnvelope") == errc::not_xhe
    );
    CHECK(error_with("XHE/1/BasicComponents", "XHE/2/BasicComponents") == errc::incomplete);
    CHECK(error_with("XHE/1/AggregateComponents", "XHE/2/AggregateComponents") == errc::incomplete);
}

TEST_CASE(
    "nothing inside of the payload or beside the path can pose as a header value",
    "[envelope][attack]"
)
{
    const std::string other_to = party("ToParty", "0203:evil.example");
    const auto routed_to = [](const std::string& text) {
        const auto got = read(text);
        REQUIRE(got);
        return got->to.value;
    };
    const std::string places[] = {
        changed(content, "<xha:PayloadContent>" + sample + "</xha:PayloadContent>"),
        changed(
            content,
            "<xha:PayloadContent>" + header + to + version + header_id + "</xha:PayloadContent>"
        ),
        changed("<xha:Payload>", "<xha:Payload>" + header + other_to + "<ID>x</ID>"),
        changed(payloads, payloads + "<other>" + header + "</other>" + other_to + header_id),
        changed(
            version, version + "<xha:Other>" + header_start + other_to + "</xha:Header></xha:Other>"
        ),
        changed(from, "<xha:Other>" + other_to + "</xha:Other>" + from),
        changed(
            from,
            "<ToParty><PartyIdentification>" + header_id + "</PartyIdentification></ToParty>" + from
        ),
        changed(
            to, "<o:ToParty xmlns:o=\"urn:o\"><xha:PartyIdentification><ID "
                "schemeID=\"s\">evil</ID></xha:PartyIdentification></o:ToParty>" +
                    to
        ),
        changed("</xha:ToParty>", "<ID schemeID=\"s\">evil</ID></xha:ToParty>"),
        changed(
            "</xha:BusinessScope>",
            "<Other>" + criterion("DOCUMENTID", "evil") + "</Other></xha:BusinessScope>"
        ),
        changed("<xha:Header>", "<!-- " + header_start + other_to + " --><xha:Header>"),
    };
    for (const std::string& text : places) {
        INFO(text);
        CHECK(routed_to(text) == "0203:b.example");
        CHECK(read(text)->document_id == "doc##1::tm-base");
        CHECK(read(text)->id == "862693f7-53d4-4d96-b35c-470055710092");
    }
    // A real second one is refused, wherever it stands.
    CHECK(error_with(payloads, payloads + header) == errc::incomplete);
    CHECK(error_with(to, to + other_to) == errc::incomplete);
    CHECK(error_with(from, other_to + from) == errc::incomplete);
}

TEST_CASE(
    "what is not XML, has a DOCTYPE or ends early is refused with the error of xml", "[envelope]"
)
{
    CHECK(read("").error().code == xml::errc::not_well_formed);
    CHECK(read("no XML").error().code == xml::errc::not_well_formed);
    CHECK(read("<!DOCTYPE x:XHE>" + sample).error().code == xml::errc::doctype);
    CHECK(read(sample + "<x/>").error().code == xml::errc::not_well_formed);
    CHECK(read(sample.substr(0, sample.size() - 1)).error().code == xml::errc::not_well_formed);
}

TEST_CASE("a document is read in the encodings of XML writers", "[envelope][XML 4.3.3]")
{
    const auto declared = [](const std::string& encoding) {
        return "<?xml version=\"1.0\" encoding=\"" + encoding + "\"?>" + sample;
    };
    for (const char* encoding : {"UTF-8", "ASCII", "us-ascii", "ISO-8859-1", "windows-1252"}) {
        INFO(encoding);
        CHECK(read(declared(encoding))->to.value == "0203:b.example");
        CHECK(read_in_pieces(declared(encoding), 1)->to.value == "0203:b.example");
    }
    std::string wide = "\xFF\xFE";
    for (const char c : declared("UTF-16"))
        (wide += c) += '\0';
    CHECK(read_in_pieces(wide, 3)->to.value == "0203:b.example");
    const auto other = read(declared("KOI8-R"));
    CHECK(other.error().code == xml::errc::unsupported_encoding);
    CHECK(other.error().detail.starts_with("KOI8-R; read are UTF-8"));
    CHECK(read(declared("UTF-16")).error().code == xml::errc::wrong_encoding);
    CHECK(read(declared("ASCII") + "<!-- \xC3\xA5 -->").error().code == xml::errc::wrong_encoding);
}

TEST_CASE("an error stays", "[envelope]")
{
    envelope::XheReader reader;
    CHECK(reader.feed("<doc>").error().code == errc::not_xhe);
    CHECK(reader.feed("<x").error().code == errc::not_xhe);
    CHECK(reader.finish().error().code == errc::not_xhe);
}

TEST_CASE("a document of 32 MB in one element is read in pieces", "[envelope][size]")
{
    const std::string before = sample.substr(0, sample.find("<doc "));
    const std::string after = sample.substr(sample.find("</xha:PayloadContent>"));
    const std::string piece(64 * 1024, 'A');
    envelope::XheReader reader;
    REQUIRE(reader.feed(before));
    REQUIRE(reader.feed("<doc>"));
    for (int i = 0; i < 512; ++i)
        REQUIRE(reader.feed(piece));
    REQUIRE(reader.feed("</doc>"));
    REQUIRE(reader.feed(after));
    const auto got = reader.finish();
    REQUIRE(got);
    CHECK(got->to.value == "0203:b.example");
}
