// SPDX-License-Identifier: Apache-2.0
// The canonical form: known results, and the same as libxml2's for files made by others and for
// generated trees.
#include "xml/canonical.hpp"

#include "base/file.hpp"
#include "support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <libxml/c14n.h>
#include <libxml/parser.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

namespace {

xml::Document parsed(const std::string& text)
{
    xml::Limits limits;
    limits.depth = 200;
    auto document = xml::Document::parse(text, limits);
    REQUIRE(document);
    return *std::move(document);
}

std::string canonical(const std::string& text, const std::vector<std::string>& prefixes = {})
{
    const auto document = parsed(text);
    const auto octets = xml::canonical(document.root(), prefixes);
    REQUIRE(octets);
    return *octets;
}

// libxml2's own form of the n-th element of a document that libxml2 parsed by itself, comments and
// all.
struct Reference {
    explicit Reference(const std::string& text)
        : document(xmlReadMemory(
              text.data(), static_cast<int>(text.size()), nullptr, nullptr,
              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
          ))
    {
    }
    Reference(const Reference&) = delete;
    ~Reference() { xmlFreeDoc(document); }

    static void collect(xmlNode* node, std::vector<xmlNode*>& into)
    {
        into.push_back(node);
        for (xmlNode* child = xmlFirstElementChild(node); child != nullptr;
             child = xmlNextElementSibling(child))
            collect(child, into);
    }

    static int below(void* apex, xmlNode* node, xmlNode* parent)
    {
        // A namespace node has no parent of its own: its element comes beside it.
        for (const xmlNode* at = node->type == XML_NAMESPACE_DECL ? parent : node; at != nullptr;
             at = at->parent) {
            if (at == apex) return 1;
        }
        return 0;
    }

    std::string canonical(xmlNode* apex, const std::vector<std::string>& prefixes) const
    {
        std::vector<xmlChar*> list;
        for (const std::string& prefix : prefixes)
            list.push_back(reinterpret_cast<xmlChar*>(const_cast<char*>(prefix.c_str())));
        list.push_back(nullptr);
        xmlOutputBuffer* buffer = xmlAllocOutputBuffer(nullptr);
        const int length =
            xmlC14NExecute(document, below, apex, XML_C14N_EXCLUSIVE_1_0, list.data(), 0, buffer);
        std::string out =
            length < 0 ? "failed"
                       : std::string(
                             reinterpret_cast<const char*>(xmlOutputBufferGetContent(buffer)),
                             xmlOutputBufferGetSize(buffer)
                         );
        xmlOutputBufferClose(buffer);
        return out;
    }

    xmlDoc* document;
};

void collect(xml::Node node, std::vector<xml::Node>& into)
{
    into.push_back(node);
    for (const xml::Node child : node.children())
        collect(child, into);
}

// How many elements were compared; the largest documents only in part.
std::size_t
compare(const std::string& text, const std::vector<std::string>& prefixes, std::size_t max)
{
    const auto ours = parsed(text);
    const Reference theirs(text);
    std::vector<xml::Node> our_nodes;
    std::vector<xmlNode*> their_nodes;
    collect(ours.root(), our_nodes);
    Reference::collect(xmlDocGetRootElement(theirs.document), their_nodes);
    REQUIRE(our_nodes.size() == their_nodes.size());
    const std::size_t step = our_nodes.size() / max + 1;
    std::size_t compared = 0;
    for (std::size_t i = 0; i < our_nodes.size(); i += step, ++compared) {
        const auto mine = xml::canonical(our_nodes[i], prefixes);
        const std::string yours = theirs.canonical(their_nodes[i], prefixes);
        if (!mine || *mine != yours) {
            CAPTURE(i, yours);
            REQUIRE(mine);
            REQUIRE(*mine == yours);
        }
    }
    return compared;
}

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}
    std::string document()
    {
        budget_ = 25;
        return element(0, {{"", ""}});
    }

private:
    using Scope = std::vector<std::pair<std::string, std::string>>;
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

    static void declare(
        Scope& scope, std::string& tag, const std::string& prefix, const std::string& uri,
        std::set<std::string>& done
    )
    {
        if (!done.insert(prefix).second) return;
        tag += prefix.empty() ? " xmlns=\"" + uri + "\"" : " xmlns:" + prefix + "=\"" + uri + "\"";
        std::erase_if(scope, [&](const auto& one) { return one.first == prefix; });
        scope.emplace_back(prefix, uri);
    }

    std::string element(int depth, Scope scope)
    {
        static const std::vector<std::string> prefixes{"", "a", "b", "c", "soapenv"};
        static const std::vector<std::string> uris{"urn:1", "urn:2", "http://x/?a=1", "urn:4"};
        std::string attributes;
        std::set<std::string> done;
        for (unsigned i = pick(4); i > 0; --i) {
            const std::string prefix = prefixes[pick(5)];
            declare(
                scope, attributes, prefix, prefix.empty() && pick(3) == 0 ? "" : uris[pick(4)], done
            );
        }
        std::set<std::pair<std::string, std::string>> used;
        for (unsigned i = pick(4); i > 0; --i) {
            const auto& [prefix, uri] = scope[pick(static_cast<unsigned>(scope.size()))];
            const std::string local(1, static_cast<char>('p' + pick(4)));
            if (!used.emplace(prefix.empty() ? "" : uri, local).second) continue;
            attributes += " " + (prefix.empty() ? "" : prefix + ":") + local +
                          "=\"v&#9;&#10;&#13;&lt;&gt;&amp;&quot;'  \xC3\xA5\r\n\t \r\n\"";
        }
        if (pick(6) == 0) attributes += " xml:lang=\"sv\"";
        const std::string prefix = scope[pick(static_cast<unsigned>(scope.size()))].first;
        const std::string name =
            (prefix.empty() ? "" : prefix + ":") + std::string(1, static_cast<char>('e' + pick(3)));
        std::string content;
        for (unsigned i = pick(5); i > 0 && depth < 8 && budget_ > 0; --i) {
            static const std::vector<std::string> other{
                "text &amp; &lt;&gt; &#13;\n",  "<!-- c -->",
                "<![CDATA[<x>\r\n&\r\r\n\r]]>", "<?pi  data\r\n ?>",
                "\xE2\x82\xAC\r\n\t\r",         "<?pi?>"
            };
            --budget_;
            content += pick(2) == 0 ? element(depth + 1, scope) : other[pick(6)];
        }
        return "<" + name + attributes + ">" + content + "</" + name + ">";
    }

    std::mt19937 random_;
    int budget_ = 0;
};

std::string octets_of(const base::Path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("Namespaces are written where they are used", "[xml][c14n]")
{
    // [Exclusive C14N 1.0, 2.2]: the same element in two contexts has one form.
    const std::string inner = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff "
                              "xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    for (const std::string& outer : {std::string("n0=\"http:x\""), std::string("n2=\"ftp:y\"")}) {
        const auto document = parsed("<pdu xmlns:" + outer + ">" + inner + "</pdu>");
        const auto form = xml::canonical(document.root().children().front());
        REQUIRE(form);
        CHECK(*form == inner);
    }
}

TEST_CASE("Attributes, text and empty elements have their one form", "[xml][c14n]")
{
    CHECK(canonical("<a b='2' a=\"1\"/>") == "<a a=\"1\" b=\"2\"></a>");
    CHECK(
        canonical("<a xmlns:z='urn:a' xmlns:y='urn:b' y:k='1' z:k='2' k='3'/>") ==
        "<a xmlns:y=\"urn:b\" xmlns:z=\"urn:a\" k=\"3\" z:k=\"2\" y:k=\"1\"></a>"
    );
    CHECK(
        canonical("<a k='&quot;&#9;&#10;&#13;&lt;&gt;&amp;'>&#13;&lt;&gt;\"</a>") ==
        "<a k=\"&quot;&#x9;&#xA;&#xD;&lt;>&amp;\">&#xD;&lt;&gt;\"</a>"
    );
    CHECK(
        canonical("<a><!-- x --><?p?><?q  r ?><![CDATA[<&]]></a>") ==
        "<a><?p?><?q r ?>&lt;&amp;</a>"
    );
    CHECK(
        canonical("<a xmlns='urn:x'><b xmlns=''/></a>") ==
        "<a xmlns=\"urn:x\"><b xmlns=\"\"></b></a>"
    );
    CHECK(
        canonical("<a xmlns='urn:x?a&amp;b' xmlns:p='urn:&#38;lt;' p:k=''/>") ==
        "<a xmlns=\"urn:x?a&amp;b\" xmlns:p=\"urn:&amp;lt;\" p:k=\"\"></a>"
    );
    CHECK(
        canonical("<p:a xmlns:p='urn:x' xmlns='urn:y'><b/></p:a>") ==
        "<p:a xmlns:p=\"urn:x\"><b xmlns=\"urn:y\"></b></p:a>"
    );
}

TEST_CASE("A PrefixList costs a deep document no walk to the root", "[xml][c14n][attack 6]")
{
    std::string text = "<r";
    for (int i = 0; i < 60; ++i)
        text += " xmlns:n" + std::to_string(i) + "='urn:" + std::to_string(i) + "'";
    text += ">";
    for (int i = 0; i < 60; ++i)
        text += "<d>";
    for (int i = 0; i < 80'000; ++i)
        text += "<a/>";
    for (int i = 0; i < 60; ++i)
        text += "</d>";
    const auto document = parsed(text + "</r>");
    std::vector<std::string> absent;
    for (int i = 0; i < 32; ++i)
        absent.push_back("m" + std::to_string(i));
    // In processor time of this process, beside the same work without prefixes: a busy machine
    // changes neither. If each element looks upwards the factor is about 18.
    const auto cost = [&](const std::vector<std::string>& prefixes) {
        const auto begin = std::clock();
        REQUIRE(xml::canonical(document.root(), prefixes));
        return std::clock() - begin;
    };
    const auto plain = cost({});
    CHECK(cost(absent) < 6 * plain);
}

TEST_CASE("A namespace of the PrefixList that is declared anew is written anew", "[xml][c14n]")
{
    const auto form = [](const std::string& text, const std::vector<std::string>& prefixes) {
        return xml::canonical(parsed(text).root(), prefixes).value();
    };
    CHECK(
        form("<a xmlns:p='urn:1'><b><c xmlns:p='urn:2'><d/></c></b></a>", {"p"}) ==
        "<a xmlns:p=\"urn:1\"><b><c xmlns:p=\"urn:2\"><d></d></c></b></a>"
    );
    CHECK(
        form("<p:a xmlns='urn:1' xmlns:p='urn:p'><p:b xmlns=''><p:c/></p:b></p:a>", {"#default"}) ==
        "<p:a xmlns=\"urn:1\" xmlns:p=\"urn:p\"><p:b xmlns=\"\"><p:c></p:c></p:b></p:a>"
    );
}

TEST_CASE("A PrefixList adds the namespaces it names", "[xml][c14n]")
{
    const std::string text = "<a xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q'><p:b/></a>";
    const auto document = parsed(text);
    const xml::Node inner = document.root().children().front();
    const auto form = [&](const std::vector<std::string>& prefixes) {
        const auto octets = xml::canonical(inner, prefixes);
        REQUIRE(octets);
        return *octets;
    };
    CHECK(form({}) == "<p:b xmlns:p=\"urn:p\"></p:b>");
    CHECK(form({"q"}) == "<p:b xmlns:p=\"urn:p\" xmlns:q=\"urn:q\"></p:b>");
    CHECK(form({"#default"}) == "<p:b xmlns=\"urn:d\" xmlns:p=\"urn:p\"></p:b>");
    CHECK(form({"unknown", "xml", "p", "p"}) == "<p:b xmlns:p=\"urn:p\"></p:b>");
}

TEST_CASE("A whole document has its processing instructions on lines of their own", "[xml][c14n]")
{
    const auto document = parsed("<?xml version='1.0'?><?one 1?> <!-- c --><a/>\n<?two?>\n");
    const auto form = xml::canonical(document);
    REQUIRE(form);
    CHECK(*form == "<?one 1?>\n<a></a>\n<?two?>");
}

TEST_CASE(
    "A relative namespace URI has no canonical form, and the failure is not empty output",
    "[xml][c14n][attack 5]"
)
{
    for (const char* text :
         {"<a xmlns='relative'/>", "<a xmlns:p='../x'/>", "<a><b xmlns:p='x/y:z' p:k='1'/></a>"}) {
        const auto document = parsed(text);
        const auto form = xml::canonical(document.root());
        REQUIRE_FALSE(form);
        CHECK(form.error().code == xml::errc::canonical_form);
        CHECK_FALSE(xml::canonical(document));
    }
}

TEST_CASE("The canonical form of generated trees is that of libxml2", "[xml][c14n]")
{
    const std::vector<std::vector<std::string>> lists{
        {}, {"a"}, {"#default", "b", "soapenv"}, {"c", "unknown"}
    };
    std::size_t compared = 0;
    for (unsigned seed = 0; seed < 800; ++seed) {
        Generator generator(seed);
        const std::string text = generator.document();
        INFO(text);
        compared += compare(text, lists[seed % lists.size()], 1000);
    }
    CHECK(compared > 3000);
}

TEST_CASE("The canonical form of files made by others is that of libxml2", "[xml][c14n]")
{
    const auto shared = support::shared_data("canonical form against libxml2");
    if (!shared) return;
    std::size_t files = 0;
    std::size_t elements = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(*shared)) {
        const std::string extension = entry.path().extension();
        if (!entry.is_regular_file() || (extension != ".xml" && extension != ".xsd") ||
            entry.file_size() > 300'000)
            continue;
        const std::string text = octets_of(entry.path());
        xml::Limits limits;
        limits.depth = 200;
        const auto document = xml::Document::parse(text, limits);
        if (!document || !xml::canonical(document->root()))
            continue; // templates, DOCTYPEs, other encodings
        INFO(entry.path());
        elements += compare(text, {}, 40) + compare(text, {"soapenv", "#default", "xsd"}, 20);
        ++files;
    }
    CHECK(files > 80);
    CHECK(elements > 2000);
}
