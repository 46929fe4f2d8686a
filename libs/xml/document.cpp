// SPDX-License-Identifier: Apache-2.0
// The tree: libxml2 builds it behind GuardedParser, and Node reads it.
#include "xml/document.hpp"

#include "xml/limits.hpp"

#include <libxml/SAX2.h>
#include <libxml/tree.h>

#include <utility>

namespace xml {

namespace {

std::string_view view(const xmlChar* text)
{
    return text == nullptr ? std::string_view()
                           : std::string_view(reinterpret_cast<const char*>(text));
}

std::string_view ns_of(const xmlNs* ns)
{
    return ns == nullptr ? std::string_view() : view(ns->href);
}

std::string value_of(const xmlAttr& attribute)
{
    std::string value;
    for (const xmlNode* part = attribute.children; part != nullptr; part = part->next)
        value += view(part->content);
    return value;
}

class TreeParser final : public GuardedParser {
public:
    TreeParser(const Limits& limits, std::string charset)
        : GuardedParser(limits, limits.text, std::move(charset))
    {
    }
    xmlDoc* take() { return std::exchange(context()->myDoc, nullptr); }

private:
    void element_started(const StartTag& tag) override
    {
        xmlSAX2StartElementNs(
            context(), tag.local, tag.prefix, tag.uri, tag.namespace_count, tag.namespaces,
            tag.attribute_count, tag.defaulted_count, tag.attributes
        );
    }
    void element_ended(const xmlChar* local, const xmlChar* prefix, const xmlChar* uri) override
    {
        xmlSAX2EndElementNs(context(), local, prefix, uri);
    }
    void characters(const xmlChar* text, int length) override
    {
        xmlSAX2Characters(context(), text, length);
    }
    void cdata(const xmlChar* text, int length) override
    {
        xmlSAX2CDataBlock(context(), text, length);
    }
    void instruction(const xmlChar* target, const xmlChar* data) override
    {
        xmlSAX2ProcessingInstruction(context(), target, data);
    }
};

// Returns the next element in document order within `root`, or nullptr at the end.
xmlNode* next_element(xmlNode* node, const xmlNode* root)
{
    if (xmlNode* child = xmlFirstElementChild(node)) return child;
    while (node != root) {
        if (xmlNode* sibling = xmlNextElementSibling(node)) return sibling;
        node = node->parent;
    }
    return nullptr;
}

bool carries_id(const Node& node, std::string_view value)
{
    constexpr std::string_view wsu =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";
    for (const Name name :
         {Name{wsu, "Id"}, Name{"", "Id"}, Name{xml_namespace, "id"}, Name{"", "id"}, Name{"", "ID"}
         }) {
        if (node.attribute(name) == value) return true;
    }
    return false;
}

} // namespace

bool Node::is(Name name) const
{
    return local_name() == name.local && ns() == name.ns;
}

std::string_view Node::local_name() const
{
    return view(node_->name);
}

std::string_view Node::ns() const
{
    return ns_of(node_->ns);
}

std::optional<std::string> Node::attribute(Name name) const
{
    for (const xmlAttr* attribute = node_->properties; attribute != nullptr;
         attribute = attribute->next) {
        if (view(attribute->name) == name.local && ns_of(attribute->ns) == name.ns)
            return value_of(*attribute);
    }
    return std::nullopt;
}

std::optional<std::string> Node::text() const
{
    std::string all;
    for (const xmlNode* child = node_->children; child != nullptr; child = child->next) {
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
            all += view(child->content);
        else if (child->type != XML_COMMENT_NODE && child->type != XML_PI_NODE)
            return std::nullopt;
    }
    return all;
}

std::string Node::trimmed_text() const
{
    return std::string(base::trim(text().value_or("")));
}

std::vector<Node> Node::children() const
{
    std::vector<Node> found;
    for (xmlNode* child = xmlFirstElementChild(node_); child != nullptr;
         child = xmlNextElementSibling(child))
        found.emplace_back(child);
    return found;
}

std::vector<Node> Node::children(Name name) const
{
    std::vector<Node> found;
    for (const Node child : children()) {
        if (child.is(name)) found.push_back(child);
    }
    return found;
}

std::optional<Node> Node::child(Name name) const
{
    for (xmlNode* child = xmlFirstElementChild(node_); child != nullptr;
         child = xmlNextElementSibling(child)) {
        if (Node(child).is(name)) return Node(child);
    }
    return std::nullopt;
}

base::Result<Node> Node::only_child(Name name) const
{
    const std::vector<Node> found = children(name);
    if (found.size() != 1) return base::Error(errc::not_expected, std::string(name.local));
    return found.front();
}

std::optional<Node> Node::parent() const
{
    if (node_->parent == nullptr || node_->parent->type != XML_ELEMENT_NODE) return std::nullopt;
    return Node(node_->parent);
}

base::Result<Document>
Document::parse(base::BytesView octets, const Limits& limits, std::string charset)
{
    if (octets.size() > limits.bytes) return base::Error(errc::limit, "octets");
    TreeParser parser(limits, std::move(charset));
    if (auto fed = parser.feed(octets); !fed) return fed.error();
    if (auto finished = parser.finish(); !finished) return finished.error();
    Document document(parser.take());
    if (document.document_ == nullptr || xmlDocGetRootElement(document.document_) == nullptr)
        return base::Error(errc::not_well_formed, "no root");
    return document;
}

Document::Document(Document&& other) noexcept : document_(std::exchange(other.document_, nullptr))
{
}

Document& Document::operator=(Document&& other) noexcept
{
    std::swap(document_, other.document_);
    return *this;
}

Document::~Document()
{
    if (document_ != nullptr) xmlFreeDoc(document_);
}

Node Document::root() const
{
    return Node(xmlDocGetRootElement(document_));
}

std::vector<Node> Document::with_id(std::string_view value) const
{
    std::vector<Node> found;
    xmlNode* const top = xmlDocGetRootElement(document_);
    for (xmlNode* node = top; node != nullptr; node = next_element(node, top)) {
        if (carries_id(Node(node), value)) found.emplace_back(node);
    }
    return found;
}

} // namespace xml
