// SPDX-License-Identifier: Apache-2.0
#include "ledger.hpp"

#include "crypto/digest.hpp"
#include "queue/sqlite.hpp"

namespace queue {
namespace {

std::string difference(Queue& queue, const std::string& id, const Known& known)
{
    const auto found = queue.find(id, queue::Visibility::all());
    if (!found) return id + ": " + found.error().text();
    const auto& summary = found->summary;
    if (summary.state != known.state)
        return id + " is " + std::string(to_text(summary.state)) + ", not " +
               std::string(to_text(known.state));
    if (summary.direction != known.direction || found->envelope != known.envelope)
        return id + " is another message";
    if (found->receipt != known.receipt) return id + " has another receipt";
    if (summary.attempts != known.attempts) return id + " has other attempts";
    if (known.lease && found->lease != *known.lease) return id + " has another lease";
    if (found->parts.size() != known.payloads.size()) return id + " has other parts";
    for (std::size_t n = 0; n < known.payloads.size(); ++n) {
        const auto content = queue.payload(id, n, queue::Visibility::all());
        if (known.payload_gone && !content && content.error().code == errc::gone) continue;
        if (!content) return id + " part: " + content.error().text();
        auto octets = content->in_file() ? base::read_file(content->file(), 10'000)
                                         : base::Result<base::Bytes>(content->memory());
        if (!octets) return id + " payload: " + octets.error().text();
        if (known.payload_gone || crypto::sha256(*octets) != found->parts[n].sha256 ||
            *octets != known.payloads[n])
            return id + " has another payload";
    }
    return "";
}

std::string first_cell(Connection& database, std::string_view sql)
{
    auto rows = database.query(sql);
    const auto found = rows.next();
    if (!found) return found.error().text();
    return *found ? rows.text(0) : "";
}

std::string damage(const base::Path& folder)
{
    auto database = Connection::open(folder / "kurir.db", Connection::Access::read_only);
    if (!database) return database.error().text();
    const auto found = first_cell(*database, "PRAGMA integrity_check");
    if (found != "ok") return found;
    const auto orphans = first_cell(*database, "PRAGMA foreign_key_check");
    if (!orphans.empty()) return "a row of nobody in " + orphans;
    return "";
}

} // namespace

std::string difference(Queue& queue, const base::Path& folder, const Ledger& ledger)
{
    const auto all = queue.list({.visibility = queue::Visibility::all(), .limit = 500});
    if (!all) return all.error().text();
    for (const auto& [id, known] : ledger)
        if (auto different = difference(queue, id, known); !different.empty()) return different;
    if (all->size() != ledger.size())
        return std::to_string(all->size()) + " messages, not " + std::to_string(ledger.size());
    std::size_t large = 0;
    for (const auto& [id, known] : ledger)
        large += known.payload_gone ? 0 : known.payloads.size() - 1;
    const auto files = base::list_folder(folder / "payloads");
    if (!files || files->size() != large)
        return std::to_string(files ? files->size() : 0) + " payload files, not " +
               std::to_string(large);
    if (const auto spooled = base::list_folder(folder / "spool"); !spooled || !spooled->empty())
        return "files in spool/";
    return damage(folder);
}

} // namespace queue
