// SPDX-License-Identifier: Apache-2.0
// Documents in each encoding that is read, under each name it has; and documents that tell one
// encoding and have another.
#include "xml/document.hpp"
#include "xml/encoding.hpp"
#include "xml/limits.hpp"
#include "xml/push_reader.hpp"

#include <catch2/catch.hpp>

using namespace std::string_literals;

namespace {

enum class Order { little, big };

// Of characters below U+0100 given as Latin-1.
std::string utf16(std::string_view latin, Order order)
{
    std::string out;
    for (const char c : latin)
        out += order == Order::big ? std::string{'\0', c} : std::string{c, '\0'};
    return out;
}

std::string mark(Order order)
{
    return order == Order::big ? "\xFE\xFF" : "\xFF\xFE";
}

std::string declared(const std::string& encoding, const std::string& content = "<a>text</a>")
{
    return "<?xml version=\"1.0\" encoding=\"" + encoding + "\"?>\n" + content;
}

std::string text_of(const std::string& octets, const std::string& charset = "")
{
    const auto document = xml::Document::parse(octets, {}, charset);
    INFO(document.error().text());
    REQUIRE(document);
    return document->root().text().value();
}

base::Error error_of(const std::string& octets, const std::string& charset = "")
{
    const auto document = xml::Document::parse(octets, {}, charset);
    REQUIRE_FALSE(document);
    return document.error();
}

bool refused(const std::string& octets, xml::errc code, const std::string& charset = "")
{
    return error_of(octets, charset).code == code;
}

// The text that a push reader tells, fed one octet at a time.
class Collected final : public xml::Listener {
public:
    void start_element(xml::Name, std::span<const xml::Attribute>) override {}
    void characters(std::string_view piece) override { text += piece; }
    void end_element(xml::Name) override {}
    std::string text;
};

std::string pushed(const std::string& octets)
{
    Collected collected;
    xml::PushReader reader(collected);
    for (const char c : octets)
        REQUIRE(reader.feed(base::BytesView(&c, 1)));
    REQUIRE(reader.finish());
    return collected.text;
}

} // namespace

TEST_CASE("An encoding is known by every name that it has, in either case", "[xml][XML 4.3.3]")
{
    for (const char* name :
         {"ASCII", "ascii", "US-ASCII", "us-ascii", "ANSI_X3.4-1968", "ANSI_X3.4-1986", "iso-ir-6",
          "ISO646-US", "us", "IBM367", "cp367", "csASCII"}) {
        INFO(name);
        CHECK(text_of(declared(name, "<a>&#229;</a>")) == "\xC3\xA5");
        CHECK(refused(declared(name, "<a>\xE5</a>"), xml::errc::wrong_encoding));
        CHECK(refused(declared(name, "<a>\xC3\xA5</a>"), xml::errc::wrong_encoding));
    }
    for (const char* name :
         {"ISO-8859-1", "iso-8859-1", "ISO_8859-1", "latin1", "Latin1", "l1", "iso-ir-100",
          "IBM819", "CP819", "cp819", "csISOLatin1"}) {
        INFO(name);
        CHECK(text_of(declared(name, "<a k='\xE5'>\xE5\x80</a>")) == "\xC3\xA5\xC2\x80");
    }
    for (const char* name : {"UTF-8", "utf-8", "UTF8", "csUTF8"}) {
        INFO(name);
        CHECK(text_of(declared(name, "<a>\xC3\xA5</a>")) == "\xC3\xA5");
    }
    for (const char* name : {"windows-1252", "Windows-1252", "CP1252", "cswindows1252"}) {
        INFO(name);
        CHECK(text_of(declared(name, "<a>\x80\xE5</a>")) == "\xE2\x82\xAC\xC3\xA5");
        CHECK(refused(declared(name, "<a>\x81</a>"), xml::errc::wrong_encoding));
    }
    for (const char* name : {"UTF-16", "utf-16", "csUTF16"}) {
        for (const Order order : {Order::little, Order::big}) {
            const auto octets = utf16(declared(name, "<a>\xE5</a>"), order);
            CHECK(text_of(mark(order) + octets) == "\xC3\xA5");
            CHECK(text_of(octets) == "\xC3\xA5"); // by its first octets, as other parsers do
        }
    }
    CHECK(text_of(utf16(declared("UTF-16LE"), Order::little)) == "text");
    CHECK(text_of(utf16(declared("utf-16be"), Order::big)) == "text");
    CHECK(xml::encoding_named("ISO_646.irv:1991") == xml::Encoding::us_ascii);
    CHECK(xml::encoding_named("ISO_8859-1:1987") == xml::Encoding::iso_8859_1);
    CHECK(xml::to_text(*xml::encoding_named("latin1")) == "ISO-8859-1");
}

TEST_CASE("The declarations of other XML writers are read", "[xml][XML 4.3.3]")
{
    for (const std::string declaration :
         {"<?xml version='1.0' encoding='ASCII'?>", "<?xml version='1.0' encoding='us-ascii'?>\n",
          "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n",
          "<?xml version = \"1.0\"\n  encoding = \"latin1\" ?>",
          "<?xml version=\"1.0\" standalone=\"yes\"?>", "<?xml version=\"1.1\"?>",
          "<?xml-stylesheet encoding='UTF-7'?>", "<!-- <?xml encoding='UTF-7'?> -->"}) {
        INFO(declaration);
        CHECK(text_of(declaration + "<a>text</a>") == "text");
        CHECK(text_of("\n<a>text</a>") == "text");
    }
    for (const std::string declaration :
         {"<?xml encoding='ASCII'?>", "<?xml version='1.0' encoding=ASCII?>",
          "<?xml version='1.0' encoding=''?>", "<?xml version='1.0' encoding='-'?>",
          "<?xml version='1.0' encoding='UTF-8'", " <?xml version='1.0'?>",
          "<?xml version='1.0' encoding='ISO_8859-1:1987'?>"}) {
        INFO(declaration);
        CHECK(refused(declaration + "<a>text</a>", xml::errc::not_well_formed));
    }
}

TEST_CASE("An encoding that is not read is refused by its name", "[xml]")
{
    for (const char* name :
         {"UTF-7", "UTF-32", "ISO-8859-15", "IBM037", "EBCDIC-CP-SE", "ISO-10646-UCS-2", "KOI8-R",
          "Shift_JIS", "nonsense"}) {
        const auto error = error_of(declared(name));
        INFO(error.text());
        CHECK(error.code == xml::errc::unsupported_encoding);
        CHECK(error.detail.starts_with(name));
        CHECK(error.detail.find("UTF-8, UTF-16, US-ASCII, ISO-8859-1") != std::string::npos);
    }
    CHECK(refused(utf16(declared("UCS-2"), Order::little), xml::errc::unsupported_encoding));
    CHECK(error_of(declared(std::string(500, 'x'))).detail.size() < 150);
    const std::string wide = "<\0\0\0a\0\0\0/\0\0\0>\0\0\0"s;
    CHECK(error_of(wide).detail.starts_with("UTF-32"));
    CHECK(error_of("\xFF\xFE\0\0"s + wide).detail.starts_with("UTF-32"));
    CHECK(error_of("\0\0\0<\0\0\0a\0\0\0/\0\0\0>"s).detail.starts_with("UTF-32"));
    CHECK(error_of("\0\0\xFE\xFF\0\0\0<"s).detail.starts_with("UTF-32"));
    CHECK(error_of("\x4C\x6F\xA7\x94\x93").detail.starts_with("EBCDIC"));
    CHECK(error_of("+/v8-+ADw-a/+AD4-").detail.starts_with("UTF-7"));
}

TEST_CASE("A byte order mark, a declaration and octets must agree", "[xml][attack 3]")
{
    const std::string utf8_mark = "\xEF\xBB\xBF";
    CHECK(text_of(utf8_mark + declared("UTF-8")) == "text");
    CHECK(text_of(utf8_mark + "<a>text</a>") == "text");
    for (const char* name : {"ISO-8859-1", "ASCII", "UTF-16", "UTF-16LE"})
        CHECK(refused(utf8_mark + declared(name), xml::errc::wrong_encoding));
    for (const char* name : {"UTF-16", "UTF-16LE", "UTF-16BE"}) // as .NET's StringWriter declares
        CHECK(refused(declared(name), xml::errc::wrong_encoding));
    for (const Order order : {Order::little, Order::big}) {
        const char* other = order == Order::little ? "UTF-16BE" : "UTF-16LE";
        CHECK(refused(mark(order) + utf16(declared("UTF-8"), order), xml::errc::wrong_encoding));
        CHECK(refused(mark(order) + utf16(declared(other), order), xml::errc::wrong_encoding));
        CHECK(refused(utf16(declared("UTF-8"), order), xml::errc::wrong_encoding));
        CHECK(refused(utf16("<a>text</a>", order), xml::errc::wrong_encoding)); // neither of both
        CHECK(refused(mark(order) + "<a/>", xml::errc::not_well_formed));
    }
    CHECK(refused(utf8_mark + utf8_mark + "<a/>", xml::errc::not_well_formed));
}

TEST_CASE("Octets that are not of the encoding are refused, wherever they are", "[xml]")
{
    for (const std::string bad :
         {"\xE5", "\xC3", "\xC3(", "\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\xFE"}) {
        INFO(base::hex(bad));
        CHECK(refused("<a>" + bad + "</a>", xml::errc::wrong_encoding));
        CHECK(refused("<a k='" + bad + "'/>", xml::errc::wrong_encoding));
        CHECK(refused("<a><!--" + bad + "--></a>", xml::errc::wrong_encoding));
        CHECK(refused("<a><![CDATA[" + bad + "]]></a>", xml::errc::wrong_encoding));
        CHECK(refused("<a/>" + bad, xml::errc::wrong_encoding));
        CHECK(refused("<a>" + std::string(20'000, 'x') + bad + "</a>", xml::errc::wrong_encoding));
    }
    CHECK(
        error_of("<a>\n\x80</a>").detail ==
        "the document is without an encoding declaration, thus UTF-8, but at offset 4 it is not"
    );
    const std::string high = "\x3D\xD8"; // of U+1F600
    const std::string low = "\x00\xDE"s;
    const auto wide = [](const std::string& content) {
        return mark(Order::little) + utf16("<a>", Order::little) + content +
               utf16("</a>", Order::little);
    };
    CHECK(text_of(wide(high + low)) == "\xF0\x9F\x98\x80");
    CHECK(text_of(wide("\xAC\x20")) == "\xE2\x82\xAC");
    CHECK(refused(wide(high), xml::errc::wrong_encoding));
    CHECK(refused(wide(low), xml::errc::wrong_encoding));
    CHECK(refused(wide(high + high + low), xml::errc::wrong_encoding));
    CHECK(refused(wide("") + "\n", xml::errc::wrong_encoding)); // half a unit
    CHECK(refused(wide("\0\0"s), xml::errc::not_well_formed));
    CHECK(refused("<a>\0</a>"s, xml::errc::not_well_formed));
    CHECK(error_of("<a>\0</a>"s).detail == "the character U+0000"); // never left to the parser
    CHECK(refused(mark(Order::big) + "\0\0\0<\0?"s, xml::errc::not_well_formed));
}

TEST_CASE("The charset of a Content-Type may agree, and changes no reading", "[xml][RFC 7303]")
{
    const auto wide = mark(Order::big) + utf16("<a>\xE5</a>", Order::big);
    CHECK(text_of("<a>\xC3\xA5</a>", "UTF-8") == "\xC3\xA5");
    CHECK(text_of("<a>\xC3\xA5</a>", "utf8") == "\xC3\xA5");
    CHECK(text_of(declared("latin1", "<a>\xE5</a>"), "ISO-8859-1") == "\xC3\xA5");
    CHECK(text_of(wide, "UTF-16") == "\xC3\xA5");
    CHECK(text_of(wide, "utf-16be") == "\xC3\xA5");
    // Python: lxml declares ASCII, and the program names UTF-8.
    CHECK(text_of(declared("ASCII", "<a>&#229;</a>"), "UTF-8") == "\xC3\xA5");
    CHECK(text_of(declared("UTF-8"), "ISO-8859-1") == "text");
    for (const char* other :
         {"ISO-8859-1", "us-ascii", "windows-1252", "UTF-8", "UTF-16", "UTF-16LE", "utf-32",
          "x-unknown", "\"", "\n"}) {
        INFO(other);
        // The document says what it is.
        CHECK(text_of(declared("UTF-8", "<a>\xC3\xA5</a>"), other) == "\xC3\xA5");
        CHECK(text_of("\xEF\xBB\xBF<a>\xC3\xA5</a>", other) == "\xC3\xA5");
        CHECK(text_of(declared("latin1", "<a>\xE5</a>"), other) == "\xC3\xA5");
        CHECK(text_of(wide, other) == "\xC3\xA5");
        CHECK(refused(declared("ASCII", "<a>\xC3\xA5</a>"), xml::errc::wrong_encoding, other));
        CHECK(refused(declared("UTF-8", "<a>\xE5</a>"), xml::errc::wrong_encoding, other));
        CHECK(refused(declared("UTF-32"), xml::errc::unsupported_encoding, other));
        // It says nothing: ASCII octets are the same in both.
        CHECK(text_of("<a>text</a>", other) == "text");
        if (other == "UTF-8"s) continue;
        CHECK(refused("<a>\xC3\xA5</a>", xml::errc::wrong_encoding, other));
        CHECK(refused("<?xml version='1.0'?><a>\xC3\xA5</a>", xml::errc::wrong_encoding, other));
    }
    CHECK(
        error_of("<a>\xC3\xA5</a>", "latin1")
            .detail.find("charset of the Content-Type is latin1") != std::string::npos
    );
}

TEST_CASE("A document type declaration is found in every encoding", "[xml][attack 3]")
{
    const std::string hidden = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
    CHECK(refused(declared("ASCII", hidden), xml::errc::doctype));
    CHECK(refused(declared("latin1", hidden), xml::errc::doctype));
    for (const Order order : {Order::little, Order::big}) {
        CHECK(refused(mark(order) + utf16(hidden, order), xml::errc::doctype));
        CHECK(refused(utf16(declared("UTF-16", hidden), order), xml::errc::doctype));
    }
}

TEST_CASE("Limits hold in every encoding, before there is a tree", "[xml][attack 19]")
{
    xml::Limits limits;
    limits.text = 1000;
    limits.nodes = 100;
    const auto parse = [&](const std::string& content) {
        std::vector<base::Result<xml::Document>> results;
        for (const auto& octets :
             {content, declared("ASCII", content), declared("latin1", content),
              mark(Order::little) + utf16(content, Order::little),
              mark(Order::big) + utf16(content, Order::big)})
            results.push_back(xml::Document::parse(octets, limits));
        return results;
    };
    const auto many = [](std::string_view text, std::size_t times) {
        std::string out;
        for (std::size_t i = 0; i < times; ++i)
            out += text;
        return out;
    };
    const std::string tag_too_long = "<a k='" + std::string(xml::max_markup_length + 50'000, 'x');
    for (const auto& content :
         {"<a>" + std::string(1001, 'x') + "</a>", "<a k='" + std::string(1001, 'x') + "'/>",
          "<a><![CDATA[" + std::string(1001, 'x') + "]]></a>", many("<a>", 70) + many("</a>", 70),
          "<a>" + many("<b/>", 101) + "</a>", tag_too_long + "'/>",
          "<a><!--" + std::string(xml::max_markup_length + 50'000, 'x') + "--></a>"}) {
        INFO(content.substr(0, 20));
        for (const auto& result : parse(content)) {
            REQUIRE_FALSE(result);
            CHECK(result.error().code == xml::errc::limit);
        }
    }
    for (const auto& result : parse("<a><![CDATA[" + std::string(900, 'x') + "]]></a>"))
        CHECK(result);
    const std::string blanks(3000, ' ');
    CHECK(refused("<?xml " + blanks + "version='1.0'?><a/>", xml::errc::limit));
}

TEST_CASE("A document is read alike in one piece and octet by octet", "[xml]")
{
    const std::string content = "<a>x\xE5<![CDATA[\r\n\xF6]]>y</a>";
    const std::string expected = "x\xC3\xA5\n\xC3\xB6y";
    for (const auto& octets :
         {declared("latin1", content), utf16(declared("UTF-16", content), Order::little),
          mark(Order::big) + utf16(content, Order::big),
          declared("UTF-8", "<a>x\xC3\xA5<![CDATA[\r\n\xC3\xB6]]>y</a>"),
          "\xEF\xBB\xBF<a>x\xC3\xA5<![CDATA[\r\n\xC3\xB6]]>y</a>"s}) {
        CHECK(text_of(octets) == expected);
        CHECK(pushed(octets) == expected);
    }
}
