// SPDX-License-Identifier: Apache-2.0
// UserMessage: what is read and written, and every rule of the schema and the profile that is
// checked.
#include "ebms/samples.hpp"

#include <catch2/catch.hpp>

using ebms::errc;

namespace {

ebms::UserMessage read_user_message(const std::string& text)
{
    const auto document = xml::Document::parse(text);
    REQUIRE(document);
    auto message = ebms::read(document->root());
    REQUIRE(message);
    return std::get<ebms::UserMessage>(*message);
}

std::string repeated(const std::string& text, std::size_t count, std::size_t number_at)
{
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += std::string(text).insert(number_at, std::to_string(i));
    return all;
}

} // namespace

TEST_CASE(
    "a written UserMessage is canonical and is read back with every value", "[ebms][ebMS 5.2.2]"
)
{
    const ebms::UserMessage message = sample_message();
    const base::Bytes octets = ebms::write(message, "_m");
    const auto document = xml::Document::parse(octets);
    REQUIRE(document);
    const auto canonical = xml::canonical(document->root());
    REQUIRE(canonical);
    CHECK(*canonical == octets);
    CHECK(document->with_id("_m").size() == 1);
    CHECK(
        document->root().attribute({"http://www.w3.org/2003/05/soap-envelope", "mustUnderstand"}) ==
        "true"
    );

    const ebms::UserMessage read = read_user_message(octets);
    CHECK(read.mpc == message.mpc);
    CHECK(read.info.timestamp == message.info.timestamp);
    CHECK(read.info.message_id == message.info.message_id);
    CHECK(read.info.ref_to_message_id == message.info.ref_to_message_id);
    CHECK(read.from.id == message.from.id);
    CHECK(read.from.role == message.from.role);
    CHECK(read.to.id == message.to.id);
    CHECK(read.to.role == message.to.role);
    CHECK(read.agreement == message.agreement);
    CHECK(read.service == message.service);
    CHECK(read.action == message.action);
    CHECK(read.conversation_id == message.conversation_id);
    CHECK(read.property("originalSender") == "0203:a.example");
    CHECK(read.properties.front().type == "iso6523-actorid-upis");
    CHECK(read.property("finalRecipient") == "0203:b.example");
    CHECK(read.property("nothing").empty());
    REQUIRE(read.parts.size() == 2); // in order [TA45]
    CHECK(read.parts[0].href == "cid:message");
    CHECK(read.parts[0].property("MimeType") == "text/xml");
    CHECK(read.parts[1].href == "cid:second");
    CHECK(ebms::write(read, "_m") == octets);
}

TEST_CASE("a UserMessage with only what is required is canonical too", "[ebms]")
{
    ebms::UserMessage message = sample_message();
    message.mpc.clear();
    message.info.ref_to_message_id.clear();
    message.agreement.reset();
    message.conversation_id.clear();
    message.properties.clear();
    message.parts.clear();
    const base::Bytes octets = ebms::write(message, "_m");
    const auto document = xml::Document::parse(octets);
    REQUIRE(document);
    CHECK(*xml::canonical(document->root()) == octets);
    const ebms::UserMessage read = read_user_message(octets);
    CHECK(read.info.ref_to_message_id.empty());
    CHECK_FALSE(read.agreement);
    CHECK(read.conversation_id.empty()); // schema-valid, and ENTSOG's rule
    CHECK(read.parts.empty());
}

TEST_CASE("values that need escaping are written in canonical form", "[ebms]")
{
    ebms::UserMessage message = sample_message();
    message.service.type = "\"<&>\t\n";
    message.properties = {{"a\"b", "<&>\r\n'\"", "<"}};
    const base::Bytes octets = ebms::write(message, "_m");
    const auto document = xml::Document::parse(octets);
    REQUIRE(document);
    CHECK(*xml::canonical(document->root()) == octets);
}

TEST_CASE("white space around values is no part of them", "[ebms]")
{
    std::string text = changed(user_message_text, ">m1@x<", ">\n  m1@x\t<");
    text = changed(text, ">act<", "> two\n words <");
    text = changed(text, "type=\"t\"", "type=\" t \"");
    text = changed(text, ">1<", "> 1  2\n<");
    const ebms::UserMessage message = read_user_message(messaging(text));
    CHECK(message.info.message_id == "m1@x");
    CHECK(message.action == "two words");
    CHECK(message.from.id.type == "t");
    CHECK(message.property("p") == "1  2"); // xs:string
}

TEST_CASE("a comment in a value splits nothing off", "[ebms][attack 4]")
{
    const ebms::UserMessage message =
        read_user_message(messaging(changed(user_message_text, ">act<", ">a<!-- x -->ct<")));
    CHECK(message.action == "act");
}

TEST_CASE("another prefix or the default namespace is the same message", "[ebms]")
{
    std::string text = messaging(user_message_text);
    for (std::size_t at = 0; (at = text.find("eb:", at)) != std::string::npos;)
        text.erase(at, 3);
    text = changed(text, "xmlns:eb", "xmlns");
    CHECK(read_user_message(text).action == "act");
}

TEST_CASE("a timestamp may have an offset, or no zone and then means UTC", "[ebms][ebMS 5.2.2.1]")
{
    const auto time_of = [](const std::string& timestamp) {
        return read_user_message(
                   messaging(changed(user_message_text, "2026-11-22T01:02:03Z", timestamp))
        )
            .info.timestamp;
    };
    const base::Time expected = *base::parse_time("2026-11-22T01:02:03Z");
    CHECK(time_of("2026-11-22T02:02:03+01:00") == expected);
    CHECK(time_of("2026-11-22T01:02:03") == expected);
    CHECK(time_of("2026-11-22T01:02:03.000") == expected);
    for (const char* bad :
         {"2026-11-22", "", "now", "2026-13-22T01:02:03Z", "2026-11-22T01:02:03ZZ"})
        CHECK(error_with("2026-11-22T01:02:03Z", bad) == errc::invalid_header);
}

TEST_CASE("each element must be there, once and in its place", "[ebms][EBMS:0009]")
{
    CHECK_FALSE(error_of(messaging(user_message_text)));
    const std::string required[] = {
        message_info_text,
        "<eb:Timestamp>2026-11-22T01:02:03Z</eb:Timestamp>",
        "<eb:MessageId>m1@x</eb:MessageId>",
        "<eb:From><eb:PartyId type=\"t\">a</eb:PartyId><eb:Role>r1</eb:Role></eb:From>",
        "<eb:To><eb:PartyId>urn:b</eb:PartyId><eb:Role>r2</eb:Role></eb:To>",
        "<eb:PartyId type=\"t\">a</eb:PartyId>",
        "<eb:Role>r1</eb:Role>",
        "<eb:Service>urn:s</eb:Service>",
        "<eb:Action>act</eb:Action>",
        "<eb:ConversationId>c</eb:ConversationId>",
        "<eb:Property name=\"p\">1</eb:Property>",
        "<eb:Property name=\"q\">2</eb:Property>",
    };
    for (const std::string& element : required) {
        INFO(element);
        CHECK(error_with(element, "") == errc::invalid_header);
        CHECK(error_with(element, "<eb:Other/>" + element) == errc::invalid_header);
        CHECK(
            error_with(element, element + "<o:Other xmlns:o=\"urn:o\"/>") == errc::invalid_header
        );
        CHECK(error_with(element, element + element)
        ); // invalid, or inconsistent where the schema allows several
    }
    for (const char* optional :
         {"<eb:AgreementRef>urn:g</eb:AgreementRef>",
          "<eb:PartProperties><eb:Property name=\"q\">2</eb:Property></eb:PartProperties>",
          "<eb:MessageProperties><eb:Property name=\"p\">1</eb:Property></eb:MessageProperties>"}) {
        INFO(optional);
        CHECK_FALSE(error_with(optional, ""));
        CHECK(error_with(optional, std::string(optional) + optional) == errc::invalid_header);
    }
}

TEST_CASE("the order of the elements is the schema's", "[ebms][EBMS:0009]")
{
    const std::string service = "<eb:Service>urn:s</eb:Service>";
    const std::string action = "<eb:Action>act</eb:Action>";
    CHECK(error_with(service + action, action + service) == errc::invalid_header);
    const std::string timestamp = "<eb:Timestamp>2026-11-22T01:02:03Z</eb:Timestamp>";
    const std::string id = "<eb:MessageId>m1@x</eb:MessageId>";
    CHECK(error_with(timestamp + id, id + timestamp) == errc::invalid_header);
    CHECK(
        error_with(
            "<eb:PartProperties>",
            "<eb:PartProperties/><eb:Schema location=\"urn:l\"/><eb:PartProperties>"
        ) == errc::invalid_header
    );
    CHECK_FALSE(error_with(
        "<eb:PartProperties>",
        "<eb:Schema location=\"urn:l\"/><eb:Description>x</eb:Description><eb:PartProperties>"
    ));
}

TEST_CASE("elements of the right name in another namespace do not count", "[ebms]")
{
    CHECK(error_with("<eb:Action>act</eb:Action>", "<Action>act</Action>") == errc::invalid_header);
    CHECK(
        error_with("<eb:Action>act</eb:Action>", "<o:Action xmlns:o=\"urn:o\">act</o:Action>") ==
        errc::invalid_header
    );
    CHECK(error_of("<Messaging>x</Messaging>") == errc::invalid_header);
    CHECK(error_of("<eb:UserMessage xmlns:eb=\"" + eb_namespace + "\"/>") == errc::invalid_header);
}

TEST_CASE("foreign elements are skipped only where the schema has xsd:any", "[ebms]")
{
    const std::string foreign = "<o:x xmlns:o=\"urn:o\"><eb:Action>b</eb:Action></o:x>";
    CHECK_FALSE(error_with("</eb:UserMessage>", "</eb:UserMessage>" + foreign));
    for (const char* place :
         {"<eb:UserMessage>", "</eb:UserMessage>", "<eb:MessageInfo>", "</eb:MessageInfo>",
          "<eb:PartyInfo>", "</eb:PartyInfo>", "</eb:From>", "</eb:To>", "<eb:CollaborationInfo>",
          "</eb:CollaborationInfo>", "</eb:Action>", "<eb:MessageProperties>",
          "</eb:MessageProperties>", "</eb:Property>", "<eb:PayloadInfo>", "</eb:PayloadInfo>",
          "</eb:PartInfo>", "<eb:PartProperties>", "</eb:PartProperties>"}) {
        INFO(place);
        CHECK(error_with(place, foreign + place) == errc::invalid_header);
    }
    for (const char* ours : {"<x/>", "<eb:x/>"})
        CHECK(
            error_with("</eb:UserMessage>", "</eb:UserMessage>" + foreign + ours) ==
            errc::invalid_header
        );
}

TEST_CASE(
    "values must not be empty where the schema says so, nor hold elements", "[ebms][EBMS:0009]"
)
{
    for (const char* value :
         {">m1@x<", ">a<", ">r1<", ">urn:s<", ">act<", ">urn:g<", ">1<", ">2<"}) {
        INFO(value);
        CHECK(error_with(value, "> \n <") == errc::invalid_header);
        CHECK(error_with(value, "><eb:x/>" + std::string(value + 1)) == errc::invalid_header);
    }
    CHECK_FALSE(error_with(">c<", "><"));
    CHECK(error_with("type=\"t\"", "type=\"\"") == errc::invalid_header);
    CHECK(error_with("name=\"p\"", "name=\" \"") == errc::invalid_header);
    CHECK(error_with(" name=\"p\"", "") == errc::invalid_header);
}

TEST_CASE(
    "a Service or AgreementRef without @type must be a URI", "[ebms][ebMS 5.2.2.7][EBMS:0003]"
)
{
    // A PartyId too [ebMS 5.2.2.4], but its P-Mode judges that.
    CHECK_FALSE(error_with(" type=\"t\"", ""));
    CHECK_FALSE(error_with(">urn:b<", ">b<"));
    for (const char* value : {">urn:s<", ">urn:g<"})
        for (const char* no_uri :
             {">b<", ">:b<", ">urn:<", ">1urn:b<", ">u_n:b<", ">urn:b c<", ">urn:&lt;b<"}) {
            INFO(value << no_uri);
            CHECK(error_with(value, no_uri) == errc::inconsistent);
        }
    CHECK_FALSE(error_with(">urn:s<", ">http://x.example/s?t#u<"));
    CHECK_FALSE(error_with("<eb:Service>urn:s<", "<eb:Service type=\"t\">no uri<"));
}

TEST_CASE("two PartyId of one party are refused", "[ebms][TA03][EBMS:0003]")
{
    CHECK(
        error_with(
            "<eb:PartyId type=\"t\">a</eb:PartyId>",
            "<eb:PartyId type=\"t\">a</eb:PartyId><eb:PartyId type=\"t\">b</eb:PartyId>"
        ) == errc::inconsistent
    );
    CHECK(
        error_with(
            "<eb:PartyId>urn:b</eb:PartyId>",
            "<eb:PartyId>urn:b</eb:PartyId><eb:PartyId>urn:b</eb:PartyId>"
        ) == errc::inconsistent
    );
    CHECK(
        error_with(
            "<eb:PartyId>urn:b</eb:PartyId>",
            "<eb:PartyId type=\"t\">b</eb:PartyId><eb:PartyId>b</eb:PartyId>"
        ) == errc::inconsistent
    );
}

TEST_CASE("a property or part named twice is refused", "[ebms][EBMS:0003]")
{
    const std::string p = "<eb:Property name=\"p\">1</eb:Property>";
    CHECK(
        error_with(p, p + "<eb:Property name=\"p\" type=\"t\">2</eb:Property>") ==
        errc::inconsistent
    );
    CHECK(error_with(p, p + "<eb:Property name=\" p \">2</eb:Property>") == errc::inconsistent);
    CHECK_FALSE(error_with(p, p + "<eb:Property name=\"P\">2</eb:Property>"));
    const std::string q = "<eb:Property name=\"q\">2</eb:Property>";
    CHECK(error_with(q, q + q) == errc::inconsistent);
    CHECK(
        error_with("</eb:PayloadInfo>", "<eb:PartInfo href=\"cid:m\"/></eb:PayloadInfo>") ==
        errc::inconsistent
    );
    CHECK(
        error_with(
            "</eb:PayloadInfo>", "<eb:PartInfo/><eb:PartInfo href=\"\"/></eb:PayloadInfo>"
        ) == errc::inconsistent
    );
    CHECK_FALSE(error_with("</eb:PayloadInfo>", "<eb:PartInfo href=\"cid:n\"/></eb:PayloadInfo>"));
}

TEST_CASE("a MessageId is printable and has no spaces or brackets", "[ebms][RFC 2822 3.6.4]")
{
    for (const char* id : {">m 1@x<", ">&lt;m1@x&gt;<", ">m\xc3\xa5@x<", ">m&#x7f;@x<"}) {
        INFO(id);
        CHECK(error_with(">m1@x<", id) == errc::inconsistent);
        CHECK(
            error_with(
                "</eb:MessageId>",
                "</eb:MessageId><eb:RefToMessageId" + std::string(id) + "/eb:RefToMessageId>"
            ) == errc::inconsistent
        );
    }
}

TEST_CASE("values and counts are bounded", "[ebms][limits]")
{
    const auto long_value = [](std::size_t size) { return ">" + std::string(size, 'x') + "<"; };
    CHECK_FALSE(error_with(">m1@x<", long_value(1024)));
    CHECK(error_with(">m1@x<", long_value(1025)) == errc::invalid_header);
    CHECK(error_with(">act<", long_value(1025)) == errc::invalid_header);
    CHECK(error_with(">c<", long_value(1025)) == errc::invalid_header);
    CHECK(error_with(">a<", long_value(1025)) == errc::invalid_header);
    CHECK(
        error_with("type=\"t\"", "type=\"" + std::string(1025, 't') + "\"") == errc::invalid_header
    );
    CHECK_FALSE(error_with(">1<", long_value(8 * 1024)));
    CHECK(error_with(">1<", long_value(8 * 1024 + 1)) == errc::invalid_header);
    CHECK(
        error_with("name=\"p\"", "name=\"" + std::string(1025, 'p') + "\"") == errc::invalid_header
    );

    const std::string p = "<eb:Property name=\"p\">1</eb:Property>";
    CHECK_FALSE(error_with(p, repeated(p, 100, 20)));
    CHECK(error_with(p, repeated(p, 101, 20)) == errc::invalid_header);
    const std::string part = "<eb:PartInfo href=\"cid:x\"/>";
    CHECK_FALSE(error_with("</eb:PayloadInfo>", repeated(part, 199, 23) + "</eb:PayloadInfo>"));
    CHECK(
        error_with("</eb:PayloadInfo>", repeated(part, 200, 23) + "</eb:PayloadInfo>") ==
        errc::invalid_header
    );
}

TEST_CASE("exactly one UserMessage, or signals alone", "[ebms][EBMS:0003]")
{
    const std::string signal =
        "<eb:SignalMessage>" + message_info_text +
        "<eb:Error errorCode=\"EBMS:0004\" severity=\"failure\"/></eb:SignalMessage>";
    CHECK(error_of(messaging("")) == errc::invalid_header);
    CHECK_FALSE(error_of(messaging(signal)));
    CHECK(error_of(messaging(user_message_text + user_message_text)) == errc::inconsistent);
    CHECK(error_of(messaging(signal + user_message_text)) == errc::inconsistent);
    CHECK_FALSE(error_of(messaging(signal + signal)));
    CHECK(error_of(messaging(user_message_text + signal)) == errc::inconsistent);
    CHECK_FALSE(error_of(messaging(user_message_text + "<o:x xmlns:o=\"urn:o\"/>")));
    CHECK(error_of(messaging(user_message_text + "<x/>")) == errc::invalid_header);
    CHECK(
        error_of(messaging("<o:x xmlns:o=\"urn:o\"/>" + user_message_text)) == errc::invalid_header
    );
}

TEST_CASE("a message for an intermediary is not supported", "[ebms][EBMS:0008]")
{
    const std::string text = changed(
        messaging(user_message_text), "<eb:Messaging ",
        "<eb:Messaging xmlns:S12=\"http://www.w3.org/2003/05/soap-envelope\" "
        "S12:role=\"http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/part2/200811/nextmsh\" "
    );
    CHECK(error_of(text) == errc::unsupported);
}

TEST_CASE("a broken header still names its message, if that is printable", "[ebms]")
{
    const auto id_of = [](const std::string& text) {
        const auto document = xml::Document::parse(text);
        REQUIRE(document);
        return ebms::message_id_of(document->root());
    };
    const std::string broken = changed(user_message_text, "<eb:Action>act</eb:Action>", "");
    CHECK(id_of(messaging(broken)) == "m1@x");
    CHECK(
        id_of(messaging("<eb:SignalMessage>" + message_info_text + "<x/></eb:SignalMessage>")) ==
        "m1@x"
    );
    CHECK(
        id_of(messaging(changed(broken, "<eb:Timestamp>2026-11-22T01:02:03Z</eb:Timestamp>", ""))
        ) == "m1@x"
    );
    CHECK(id_of(messaging("")).empty());
    CHECK(id_of(messaging("<eb:UserMessage/>")).empty());
    CHECK(id_of(messaging(changed(broken, ">m1@x<", ">m1\xc3\xa5@x<"))).empty());
    CHECK(id_of(messaging(changed(broken, ">m1@x<", ">a b<"))).empty());
    CHECK(id_of(messaging(changed(broken, ">m1@x<", "><eb:x/>m<"))).empty());
    CHECK(id_of(messaging(changed(broken, ">m1@x<", ">" + std::string(1025, 'x') + "<"))).empty());
    CHECK(id_of("<other/>").empty());
}
