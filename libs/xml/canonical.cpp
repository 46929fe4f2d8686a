// SPDX-License-Identifier: Apache-2.0
// Exclusive XML Canonicalization 1.0 of a tree that Document made. Kurir has its own
// implementation, because libxml2's calls a filter for each node and reports some failures as empty
// output (facts: attack 5). Tests compare the two.
#include "xml/canonical.hpp"

#include "xml/escape.hpp"

#include <libxml/tree.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace xml {

namespace {

using Namespace = std::pair<std::string_view, std::string_view>; // prefix, URI

std::string_view view(const xmlChar* text)
{
    return text == nullptr ? std::string_view()
                           : std::string_view(reinterpret_cast<const char*>(text));
}

// [C14N 1.0, 1.3] A document with relative namespace URIs has no canonical form.
bool is_absolute(std::string_view uri)
{
    const std::size_t colon = uri.find(':');
    return colon != std::string_view::npos && colon > 0 && uri.find_first_of("/?#") > colon;
}

const xmlNs* declared_at(const xmlNode& element, std::string_view prefix)
{
    for (const xmlNs* ns = element.nsDef; ns != nullptr; ns = ns->next) {
        if (view(ns->prefix) == prefix) return ns;
    }
    return nullptr;
}

const xmlNs* in_scope(const xmlNode* element, std::string_view prefix)
{
    for (; element != nullptr && element->type == XML_ELEMENT_NODE; element = element->parent) {
        if (const xmlNs* ns = declared_at(*element, prefix)) return ns;
    }
    return nullptr;
}

class Canonicalizer {
public:
    Canonicalizer(const xmlNode* apex, const std::vector<std::string>& inclusive)
        : apex_(apex), inclusive_(inclusive)
    {
    }

    base::Result<> element(const xmlNode& node);
    void instruction(const xmlNode& node);
    base::Bytes out;

private:
    base::Result<std::vector<Namespace>> namespaces_to_render(const xmlNode& node) const;
    void use(std::vector<Namespace>& needed, std::string_view prefix, std::string_view uri) const;
    base::Result<> attributes(const xmlNode& node);
    base::Result<> content(const xmlNode& node);

    const xmlNode* apex_;
    const std::vector<std::string>& inclusive_;
    // Namespaces written by the current element and its ancestors in the output, innermost last.
    std::vector<Namespace> rendered_;
};

// Adds the namespace to `needed`, unless the innermost rendered namespace of the prefix is the
// same.
void Canonicalizer::use(
    std::vector<Namespace>& needed, std::string_view prefix, std::string_view uri
) const
{
    if (prefix == "xml") return;
    const Namespace wanted(prefix, uri);
    if (std::find(needed.begin(), needed.end(), wanted) != needed.end()) return;
    const auto same_prefix = [&](const Namespace& one) { return one.first == prefix; };
    const auto nearest = std::find_if(rendered_.rbegin(), rendered_.rend(), same_prefix);
    const bool already =
        nearest == rendered_.rend() ? prefix.empty() && uri.empty() : nearest->second == uri;
    if (!already) needed.push_back(wanted);
}

base::Result<std::vector<Namespace>> Canonicalizer::namespaces_to_render(const xmlNode& node) const
{
    for (const xmlNs* ns = node.nsDef; ns != nullptr; ns = ns->next) {
        if (!view(ns->href).empty() && !is_absolute(view(ns->href)))
            return base::Error(errc::canonical_form, "relative namespace URI");
    }
    std::vector<Namespace> needed;
    use(needed, node.ns == nullptr ? "" : view(node.ns->prefix),
        node.ns == nullptr ? "" : view(node.ns->href));
    for (const xmlAttr* attribute = node.properties; attribute != nullptr;
         attribute = attribute->next) {
        if (attribute->ns != nullptr)
            use(needed, view(attribute->ns->prefix), view(attribute->ns->href));
    }
    for (const std::string& listed : inclusive_) {
        const std::string_view prefix =
            listed == "#default" ? std::string_view() : std::string_view(listed);
        // At the apex, look at all ancestors. Below it, the namespace is already rendered unless
        // the element declares its prefix again, so look at the element only. A walk to the root
        // from each element would take too long in a hostile, deeply nested document.
        const bool at_apex = &node == apex_;
        const xmlNs* ns = at_apex ? in_scope(&node, prefix) : declared_at(node, prefix);
        if (ns != nullptr || (at_apex && prefix.empty()))
            use(needed, prefix, ns == nullptr ? "" : view(ns->href));
    }
    std::sort(needed.begin(), needed.end());
    return needed;
}

base::Result<> Canonicalizer::attributes(const xmlNode& node)
{
    // [C14N 2.2] Sorted by namespace URI, then by name.
    std::vector<std::tuple<std::string_view, std::string_view, const xmlAttr*>> sorted;
    for (const xmlAttr* attribute = node.properties; attribute != nullptr;
         attribute = attribute->next) {
        sorted.emplace_back(
            attribute->ns == nullptr ? "" : view(attribute->ns->href), view(attribute->name),
            attribute
        );
    }
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [uri, name, attribute] : sorted) {
        out += ' ';
        if (attribute->ns != nullptr && attribute->ns->prefix != nullptr)
            out.append(view(attribute->ns->prefix)).append(":");
        out.append(name).append("=\"");
        for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
            if (part->type != XML_TEXT_NODE)
                return base::Error(errc::canonical_form, "entity in an attribute");
            out += escape_attribute(view(part->content));
        }
        out += '"';
    }
    return {};
}

base::Result<> Canonicalizer::element(const xmlNode& node)
{
    const std::size_t outside = rendered_.size();
    auto namespaces = namespaces_to_render(node);
    if (!namespaces) return namespaces.error();
    std::string name;
    if (node.ns != nullptr && node.ns->prefix != nullptr)
        name.append(view(node.ns->prefix)).append(":");
    name += view(node.name);
    out.append("<").append(name);
    for (const auto& [prefix, uri] : *namespaces) {
        out.append(prefix.empty() ? " xmlns" : " xmlns:")
            .append(prefix)
            .append("=\"")
            .append(escape_attribute(uri))
            .append("\"");
        rendered_.emplace_back(prefix, uri);
    }
    if (auto written = attributes(node); !written) return written;
    out += '>';
    if (auto written = content(node); !written) return written;
    out.append("</").append(name).append(">");
    rendered_.resize(outside);
    return {};
}

base::Result<> Canonicalizer::content(const xmlNode& node)
{
    for (const xmlNode* child = node.children; child != nullptr; child = child->next) {
        switch (child->type) {
        case XML_ELEMENT_NODE:
            if (auto written = element(*child); !written) return written;
            break;
        case XML_TEXT_NODE:
        case XML_CDATA_SECTION_NODE:
            out += escape_text(view(child->content));
            break;
        case XML_PI_NODE:
            instruction(*child);
            break;
        case XML_COMMENT_NODE:
            break;
        default:
            return base::Error(errc::canonical_form, "node type " + std::to_string(child->type));
        }
    }
    return {};
}

void Canonicalizer::instruction(const xmlNode& node)
{
    out.append("<?").append(view(node.name));
    if (!view(node.content).empty()) out += ' ';
    for (const char c : view(node.content)) {
        if (c == '\r')
            out += "&#xD;";
        else
            out += c;
    }
    out += "?>";
}

} // namespace

base::Result<base::Bytes> canonical(Node apex, const std::vector<std::string>& inclusive_prefixes)
{
    Canonicalizer canonicalizer(apex.native(), inclusive_prefixes);
    if (auto done = canonicalizer.element(*apex.native()); !done) return done.error();
    return std::move(canonicalizer.out);
}

base::Result<base::Bytes> canonical(const Document& document)
{
    const std::vector<std::string> none;
    Canonicalizer canonicalizer(document.root().native(), none);
    bool after_root = false;
    for (const xmlNode* node = document.native()->children; node != nullptr; node = node->next) {
        if (node->type == XML_ELEMENT_NODE) {
            if (auto done = canonicalizer.element(*node); !done) return done.error();
            after_root = true;
        } else if (node->type == XML_PI_NODE) {
            // [C14N 2.3] Outside the root, a processing instruction has its own line.
            if (after_root) canonicalizer.out += '\n';
            canonicalizer.instruction(*node);
            if (!after_root) canonicalizer.out += '\n';
        }
    }
    return std::move(canonicalizer.out);
}

} // namespace xml
