// SPDX-License-Identifier: Apache-2.0
// A payload file is created before its row and removed after it, so a row never names a missing
// file.
#include "queue/payloads.hpp"

#include "base/id.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace queue {
namespace {

base::Result<> bring_into_memory(base::Content& content)
{
    auto octets = base::read_file(content.file(), content.size());
    if (!octets) return octets.error();
    content = base::Content::of(std::move(*octets));
    return {};
}

} // namespace

PayloadFolder::PayloadFolder(base::Path path) : path_(std::move(path)), run_(base::uuid() + "-") {}

// Names are numbered, so that consecutive names are neighbours in the index of files.
std::string PayloadFolder::new_name()
{
    constexpr std::size_t digits = 12;
    const auto number = std::to_string(++given_);
    return run_ + std::string(digits - std::min(digits, number.size()), '0') + number;
}

base::Result<PayloadFiles>
PayloadFiles::adopt(PayloadFolder& folder, std::vector<NewPart>& parts, std::uint64_t row_limit)
{
    PayloadFiles files;
    files.folder_ = folder.path();
    for (auto& [part, content] : parts) {
        part.stored_size = content.size();
        files.names_.emplace_back();
        if (!content.in_file()) continue;
        if (content.size() <= row_limit) {
            if (const auto read = bring_into_memory(content); !read) return read.error();
            continue;
        }
        // Add the name before adopting: if that fails halfway, `files` removes the file.
        files.names_.back() = folder.new_name();
        const auto adopted = content.adopt_file(folder.path() / files.names_.back());
        if (!adopted) return adopted.error();
    }
    return files;
}

PayloadFiles::PayloadFiles(PayloadFiles&& other) noexcept
    : folder_(std::move(other.folder_)), names_(std::exchange(other.names_, {})), left_(other.left_)
{
}

PayloadFiles& PayloadFiles::operator=(PayloadFiles&& other) noexcept
{
    std::swap(folder_, other.folder_);
    std::swap(names_, other.names_);
    std::swap(left_, other.left_);
    return *this;
}

PayloadFiles::~PayloadFiles()
{
    if (left_) return;
    for (const auto& name : names_) {
        if (name.empty()) continue;
        // A file that cannot be removed now is removed in the next run.
        if (const auto removed = base::remove_file(folder_ / name); !removed)
            base::log(
                base::Level::warning, "payload_not_removed", {{"error", removed.error().text()}}
            );
    }
}

base::Result<bool> has_files(const base::Path& folder)
{
    auto names = base::FolderNames::open(folder);
    if (!names) return names.error();
    const auto first = names->next();
    if (!first) return first.error();
    return first->has_value();
}

base::Result<> clear_folder(const base::Path& folder)
{
    const auto names = base::list_folder(folder);
    if (!names) return names.error();
    for (const auto& path : *names)
        if (const auto removed = base::remove_file(folder / path.filename()); !removed)
            return removed.error();
    return {};
}

} // namespace queue
