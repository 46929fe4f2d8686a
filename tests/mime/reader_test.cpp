// SPDX-License-Identifier: Apache-2.0
// The multipart reader: what is a part, what is content, and what is refused.
#include "mime/recorder.hpp"
#include "support/shared_data.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

namespace {

boost::system::error_code error_of(const std::string& text, const mime::Limits& limits = {})
{
    return read_all(text, "b", limits).error;
}

std::string one_part(const std::string& header, const std::string& content = "x")
{
    return "--b\r\n" + header + "\r\n" + content + "\r\n--b--\r\n";
}

} // namespace

TEST_CASE("two parts are read with their headers", "[mime][RFC 2046 5.1.1]")
{
    const Reading reading =
        read_all("--b\r\nContent-Type: text/xml\r\nContent-ID: <a@x>\r\n\r\none\r\n"
                 "--b\r\ncontent-id:<b>\r\nX-Other: y\r\nCONTENT-TRANSFER-ENCODING: "
                 "Binary\r\n\r\ntwo\r\n--b--\r\n");
    REQUIRE_FALSE(reading.error);
    REQUIRE(reading.parts.size() == 2);
    CHECK(reading.parts[0].header.content_type == "text/xml");
    CHECK(reading.parts[0].header.content_id == "a@x");
    CHECK(reading.parts[0].content == "one");
    CHECK(reading.parts[0].ended);
    CHECK(reading.parts[1].header.content_type.empty());
    CHECK(reading.parts[1].header.content_id == "b");
    CHECK(reading.parts[1].content == "two");
    CHECK_FALSE(reading.empty_data);
}

TEST_CASE(
    "line feeds alone, an empty line before the first boundary, preamble and epilogue are borne",
    "[mime][issue 304 of phase4]"
)
{
    const Reading line_feeds = read_all("\n--b\nContent-ID: <a>\n\none\n\n--b\n\ntwo\n--b--\n");
    REQUIRE_FALSE(line_feeds.error);
    REQUIRE(line_feeds.parts.size() == 2);
    CHECK(line_feeds.parts[0].content == "one\n");
    CHECK(line_feeds.parts[1].content == "two");

    const Reading preamble =
        read_all("\r\nThis is\r\n --b no "
                 "boundary\r\n--bb\r\n--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\nepilogue\r\n--b--");
    REQUIRE_FALSE(preamble.error);
    REQUIRE(preamble.parts.size() == 1);
    CHECK(preamble.parts[0].content == "one");
}

TEST_CASE("only a whole line is a boundary", "[mime][attack 18]")
{
    for (const char* content :
         {"--b", "x--b\r\n", "x --b--\r\n", "\r\n --b", "\r\n--bb\r\n", "\r\n--b-", "\r\n--b-\r\n",
          "\r\n--b--x\r\n", "\r\n--b x\r\n", "\r\n--b\rx", "\r\n-b\r\n", "\r\n--B\r\n",
          "\r\r\r\n\r", "\n\n"}) {
        INFO(content);
        const Reading reading = read_all(one_part("", std::string("[") + content + "]"));
        REQUIRE_FALSE(reading.error);
        REQUIRE(reading.parts.size() == 1);
        CHECK(reading.parts[0].content == std::string("[") + content + "]");
    }
}

TEST_CASE(
    "the line break before a boundary belongs to the boundary, others to the content", "[mime]"
)
{
    CHECK(read_all("--b\r\n\r\none\r\n\r\n--b--\r\n").parts[0].content == "one\r\n");
    CHECK(read_all("--b\r\n\r\none\r\r\n--b--\r\n").parts[0].content == "one\r");
    CHECK(read_all("--b\r\n\r\n\r\n--b--\r\n").parts[0].content.empty());
}

TEST_CASE("an empty part may share its blank line with the boundary", "[mime][RFC 2046 5.1.1]")
{
    const Reading reading = read_all("--b\r\nContent-ID: <a>\r\n\r\n--b\r\n\r\n--b--\r\n");
    REQUIRE_FALSE(reading.error);
    REQUIRE(reading.parts.size() == 2);
    CHECK(reading.parts[0].content.empty());
    CHECK(reading.parts[1].content.empty());
    CHECK_FALSE(reading.empty_data);
}

TEST_CASE("transport padding and a closing boundary without line break are borne", "[mime]")
{
    CHECK(read_all("--b \t \r\n\r\none\r\n--b-- \t\r\n").text() == "complete|||one|end");
    for (const char* end : {"\r\n--b--", "\n--b--", "\r\n--b-- ", "\r\n--b--\r"}) {
        INFO(end);
        CHECK(read_all(std::string("--b\r\n\r\none") + end).text() == "complete|||one|end");
    }
    CHECK(read_all("--b\r\n\r\n--b--").text() == "complete||||end");
}

TEST_CASE("a boundary may hold characters that mean something elsewhere", "[mime]")
{
    const std::string boundary = "(.*)+[a]?$^|\\=_'/,-:";
    const Reading reading =
        read_all("--" + boundary + "\r\n\r\n--(.x)+\r\n--" + boundary + "--\r\n", boundary);
    CHECK(reading.text() == "complete|||--(.x)+|end");
}

TEST_CASE("an unusable boundary is refused", "[mime]")
{
    for (const std::string& boundary :
         {std::string(), std::string(300, 'x'), std::string("a\r\nb"), std::string("a\0b", 3)})
        CHECK(read_all("--b\r\n\r\nx\r\n--b--", boundary).error == mime::errc::bad_content_type);
}

TEST_CASE("a multipart that ends early is truncated", "[mime]")
{
    const std::string whole =
        "\r\n--b\r\nContent-ID: <a>\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n";
    const std::size_t enough = whole.size() - 2; // the last line break may be missing
    for (std::size_t size = 0; size < enough; ++size) {
        INFO(size);
        CHECK(error_of(whole.substr(0, size)) == mime::errc::truncated);
    }
    CHECK_FALSE(error_of(whole.substr(0, enough)));
}

TEST_CASE("a field that counts must not come twice in one part", "[mime][attack 18]")
{
    CHECK(error_of(one_part("Content-ID: <a>\r\nContent-Id: <b>\r\n")) == mime::errc::broken);
    CHECK(error_of(one_part("Content-Type: a/b\r\ncontent-type: a/b\r\n")) == mime::errc::broken);
    CHECK(
        error_of(
            one_part("Content-Transfer-Encoding: binary\r\nContent-Transfer-Encoding: base64\r\n")
        ) == mime::errc::broken
    );
    CHECK_FALSE(error_of(one_part("X-A: 1\r\nX-A: 2\r\n")));
    // The same field in the next part is another matter.
    CHECK_FALSE(
        error_of("--b\r\nContent-ID: <a>\r\n\r\nx\r\n--b\r\nContent-ID: <b>\r\n\r\nx\r\n--b--")
    );
}

TEST_CASE("a transfer encoding that changes octets is refused", "[mime][attack 18]")
{
    for (const char* encoding :
         {"base64", "quoted-printable", "x-gzip", "", "binary, base64", "BASE64"})
        CHECK(
            error_of(one_part(std::string("Content-Transfer-Encoding: ") + encoding + "\r\n")) ==
            mime::errc::encoding
        );
    for (const char* encoding : {"binary", "8bit", "7BIT"})
        CHECK_FALSE(
            error_of(one_part(std::string("Content-Transfer-Encoding: ") + encoding + "\r\n"))
        );
}

TEST_CASE("folded headers are unfolded", "[mime][RFC 5322 2.2.3]")
{
    const Reading reading = read_all(
        one_part("Content-Type: multipart/related;\r\n\tboundary=c\r\nContent-ID:\r\n <a>\r\n")
    );
    REQUIRE_FALSE(reading.error);
    CHECK(reading.parts[0].header.content_type == "multipart/related;\tboundary=c");
    CHECK(reading.parts[0].header.content_id == "a");
}

TEST_CASE("what is no header field is broken", "[mime]")
{
    for (const std::string& header :
         {std::string("no colon\r\n"), std::string(": value\r\n"), std::string(" folded first\r\n"),
          std::string("Content-ID : <a>\r\n"), std::string("Content-ID: <a\r\n"),
          std::string("Content-ID: a>\r\n"), std::string("Content-ID: <a> <b>\r\n"),
          std::string("Content-ID:\r\n"), std::string("Content-ID: <>\r\n"),
          std::string("X-A: a\rb\r\n"), std::string("X-A: a\0b\r\n", 10),
          std::string("\x01X: a\r\n"), std::string("--b\r\n")}) {
        INFO(header);
        CHECK(error_of(one_part(header)) == mime::errc::broken);
    }
}

TEST_CASE("a Content-ID without angle brackets is borne", "[mime][issue 99 of Holodeck B2B]")
{
    CHECK(read_all(one_part("Content-ID: a@x\r\n")).parts[0].header.content_id == "a@x");
}

TEST_CASE("limits hold exactly", "[mime][attack 18]")
{
    const mime::Limits limits{.parts = 2, .header_bytes = 100, .line = 40, .preamble = 20};
    const std::string part = "--b\r\n\r\nx\r\n";
    CHECK_FALSE(error_of(part + part + "--b--", limits));
    CHECK(error_of(part + part + part + "--b--", limits) == mime::errc::limit);

    CHECK_FALSE(error_of(one_part("X: " + std::string(37, 'x') + "\r\n"), limits));
    CHECK(error_of(one_part("X: " + std::string(38, 'x') + "\r\n"), limits) == mime::errc::limit);
    CHECK(
        error_of(
            one_part("X: " + std::string(20, 'x') + "\r\n " + std::string(20, 'x') + "\r\n"), limits
        ) == mime::errc::limit
    );
    CHECK(
        error_of("--b\r\n" + std::string(41, 'x'), limits) == mime::errc::limit
    ); // before its end has come

    const std::string line = "X: " + std::string(20, 'x') + "\r\n"; // 25 octets
    CHECK_FALSE(error_of(one_part(line + line + line), limits));
    CHECK(error_of(one_part(line + line + line + line), limits) == mime::errc::limit);
    // The bound is each part's own.
    CHECK_FALSE(error_of(
        "--b\r\n" + line + line + line + "\r\nx\r\n--b\r\n" + line + line + line + "\r\nx\r\n--b--",
        limits
    ));

    CHECK_FALSE(error_of(std::string(18, 'x') + "\r\n" + part + "--b--", limits));
    CHECK(error_of(std::string(19, 'x') + "\r\n" + part + "--b--", limits) == mime::errc::broken);
    CHECK(error_of(std::string(21, 'x'), limits) == mime::errc::broken);

    CHECK_FALSE(error_of("--b" + std::string(40, ' ') + "\r\n\r\nx\r\n--b--", limits));
    CHECK(
        error_of("--b" + std::string(41, ' ') + "\r\n\r\nx\r\n--b--", limits) == mime::errc::limit
    );
    CHECK(error_of("--b\r\n\r\nx\r\n--b" + std::string(41, ' '), limits) == mime::errc::limit);
}

TEST_CASE("a multipart without parts is broken", "[mime]")
{
    CHECK(error_of("--b--\r\n") == mime::errc::broken);
    CHECK(error_of("") == mime::errc::truncated);
}

TEST_CASE("an error stays: of the reader and of its listener", "[mime]")
{
    Recorder recorder;
    mime::Reader reader("b", recorder);
    CHECK(reader.feed("--b\r\nnone\r\n\r\n").error().code == mime::errc::broken);
    CHECK(reader.feed("--b\r\n\r\nx\r\n--b--\r\n").error().code == mime::errc::broken);
    CHECK(reader.finish().error().code == mime::errc::broken);
    CHECK(recorder.parts.empty());

    struct Refusing final : mime::PartListener {
        base::Result<> part_begins(const mime::PartHeader&) override { return {}; }
        base::Result<> part_data(base::BytesView) override
        {
            ++calls;
            return base::Error(base::errc::disk_full);
        }
        base::Result<> part_ends() override { return {}; }
        int calls = 0;
    } refusing;
    mime::Reader refused("b", refusing);
    CHECK(refused.feed("--b\r\n\r\nxyz\r\n--b--\r\n").error().code == base::errc::disk_full);
    CHECK(refused.finish().error().code == base::errc::disk_full);
    CHECK(refusing.calls == 1);
}

TEST_CASE("messages of other products have the parts they should", "[mime][data]")
{
    const auto shared =
        support::shared_data("messages of other products have the parts they should");
    if (!shared) return;
    const base::Path folder = *shared / "data/as4/messages/as4net";
    std::size_t read = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.path().extension() != ".as4") continue;
        std::ostringstream octets;
        octets << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        const std::string text = octets.str();
        const std::size_t begin = text.find("--");
        if (begin == std::string::npos || begin > 4) continue; // a bare envelope
        const std::string boundary =
            text.substr(begin + 2, text.find_first_of("\r\n", begin) - begin - 2);
        const Reading reading = read_all(text, boundary);
        INFO(entry.path().filename() << ": " << reading.text().substr(0, 100));
        CHECK_FALSE(reading.error);
        REQUIRE_FALSE(reading.parts.empty());
        CHECK(reading.parts[0].content.find("Envelope") != std::string::npos);
        ++read;
    }
    CHECK(read >= 10);
}

TEST_CASE("a part of a form has the name of its field", "[mime][RFC 7578 4.2]")
{
    const Reading reading =
        read_all("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
                 "--b\r\ncontent-disposition: form-data; name=\"b\"; filename=\"x\"\r\n"
                 "Content-Type: text/xml\r\n\r\n\r\n--b\r\n"
                 "Content-Disposition: attachment; filename=\"y\"\r\n\r\n\r\n--b--\r\n");
    REQUIRE_FALSE(reading.error);
    REQUIRE(reading.parts.size() == 3);
    CHECK(reading.parts[0].header.form_name == "a");
    CHECK(reading.parts[1].header.form_name == "b");
    CHECK(reading.parts[1].header.content_type == "text/xml");
    CHECK(reading.parts[1].content.empty());
    CHECK(reading.parts[2].header.form_name.empty());
    CHECK(
        error_of(one_part("Content-Disposition: form-data; name=\"a\"\r\n"
                          "Content-Disposition: form-data; name=\"b\"\r\n")) == mime::errc::broken
    );
}
