// SPDX-License-Identifier: Apache-2.0
// Writes the series, grouped by the source of their figures.
#include "api/metrics.hpp"

#include "api/exposition.hpp"
#include "api/process.hpp"
#include "api/series.hpp"
#include "base/io.hpp"

namespace api {

namespace {

using Kind = Exposition::Kind;

double since_epoch(base::Time time)
{
    return seconds(time.time_since_epoch());
}

void add_process(Exposition& text, const About& about)
{
    const auto process = process_figures();
    text.family("kurir_build_info", Kind::gauge, "Which program this is; always 1.");
    text.sample({{"version", about.version}}, true);
    text.single(
        "process_start_time_seconds", Kind::gauge, "When it started, in seconds since the epoch.",
        since_epoch(about.started)
    );
    text.single(
        "process_cpu_seconds_total", Kind::counter, "User and system time of all its threads.",
        process.cpu_seconds
    );
    text.single(
        "process_resident_memory_bytes", Kind::gauge, "Memory that is resident.", process.resident
    );
    text.single(
        "kurir_peak_resident_memory_bytes", Kind::gauge, "The most that has been resident.",
        process.peak
    );
    text.single("process_open_fds", Kind::gauge, "Open files and sockets.", process.descriptors);
    text.single("process_max_fds", Kind::gauge, "How many it may have.", process.max_descriptors);
}

void add_store(Exposition& text, const queue::Queue::Statistics& writer)
{
    const auto io = base::io_counts();
    text.single(
        "kurir_fsyncs_total", Kind::counter, "Syncs of files and folders, SQLite's too.", io.syncs
    );
    text.single("kurir_writes_total", Kind::counter, "Writes to files.", io.writes);
    text.single("kurir_written_bytes_total", Kind::counter, "Octets of them.", io.written);
    text.single(
        "kurir_commits_total", Kind::counter, "Transactions that the store's writer committed.",
        writer.commits
    );
    text.single(
        "kurir_commit_items_total", Kind::counter, "Changes that were committed by them.",
        writer.items
    );
    text.single(
        "kurir_commit_longest_seconds", Kind::gauge, "The longest one since the start.",
        seconds(writer.longest_commit)
    );
    text.single(
        "kurir_store_log_bytes", Kind::gauge, "Octets of the store's write-ahead log.",
        writer.log_octets
    );
    text.single(
        "kurir_store_log_held", Kind::gauge,
        "1 while another program keeps a log of more than pressure.log_warning from being emptied.",
        writer.log && !writer.log->own
    );
    text.single(
        "kurir_store_locked", Kind::gauge, "1 while another process holds the store's lock.",
        writer.lock.has_value()
    );
    text.single(
        "kurir_writer_waiting_items", Kind::gauge, "Changes that wait for the writer.",
        std::uint64_t(writer.waiting)
    );
    text.single(
        "kurir_writer_waiting_bytes", Kind::gauge, "Octets that these hold in memory, about.",
        writer.waiting_octets
    );
}

void add_outgoing(Exposition& text, const msh::Counters& counters)
{
    text.family("kurir_submissions_total", Kind::counter, "Submissions that were answered 202.");
    text.sample({{"kept", "first"}}, counters.submitted);
    text.sample({{"kept", "again"}}, counters.submitted_again);
    text.family(
        "kurir_settled_total", Kind::counter, "What attempts and signals made of outbound messages."
    );
    for (const auto state :
         {queue::State::delivered, queue::State::deferred, queue::State::unproven,
          queue::State::bounced, queue::State::expired}) {
        const auto found = counters.settled.find(state);
        const auto count = found == counters.settled.end() ? 0 : found->second;
        text.sample({{"state", queue::to_text(state)}}, count);
    }
    text.histogram(
        "kurir_delivery_seconds",
        "From the submission to the receipt, of messages whose receipt came in the response.",
        counters.delivery
    );
}

void add_incoming(Exposition& text, const msh::Counters& counters)
{
    text.family(
        "kurir_received_total", Kind::counter,
        "Messages of peers whose signature was proven, by what became of them."
    );
    text.sample({{"as", "message"}}, counters.received - counters.tests);
    text.sample({{"as", "test"}}, counters.tests);
    text.sample({{"as", "repeat"}}, counters.repeated);
    text.sample({{"as", "re_signed"}}, counters.re_signed);
    text.sample({{"as", "conflicting"}}, counters.conflicting);
    text.family(
        "kurir_received_errors_total", Kind::counter, "Requests answered with an ebMS error."
    );
    for (const auto& [code, count] : counters.refused)
        text.sample({{"code", code}}, count);
    text.histogram(
        "kurir_receive_seconds",
        "From the header of a peer's request to the commit of its message.", counters.receive
    );
    text.single(
        "kurir_handed_over_total", Kind::counter, "Inbox items leased to message services.",
        counters.handed_over
    );
    text.single(
        "kurir_acknowledged_total", Kind::counter, "Of these, acknowledged.", counters.acknowledged
    );
}

void add_retention(Exposition& text, const queue::Retained& gone)
{
    text.family("kurir_removed_total", Kind::counter, "What retention has removed.");
    text.sample({{"what", "payloads"}}, gone.payloads);
    text.sample({{"what", "records"}}, gone.records);
    text.sample({{"what", "files"}}, gone.files);
    text.single(
        "kurir_removed_bytes_total", Kind::counter, "Octets of the payloads among it.", gone.octets
    );
}

void add_certificates(Exposition& text, const msh::Msh& msh)
{
    text.single(
        "kurir_signing_certificate_not_after_seconds", Kind::gauge,
        "When the certificate we sign with ends, in seconds since the epoch.",
        since_epoch(msh.certificate().not_after())
    );
    text.family(
        "kurir_peer_certificate_not_after_seconds", Kind::gauge,
        "When the certificate that a peer is encrypted to ends, in seconds since the epoch."
    );
    for (const auto& peer : msh.pmodes().peers())
        if (peer.encryption)
            text.sample({{"peer", peer.name}}, since_epoch(peer.encryption->not_after()));
}

} // namespace

asio::awaitable<http::Response> metrics(msh::Msh& msh, const About& about)
{
    const auto counts = co_await msh.counts();
    const auto stuck = co_await msh.stuck();
    Exposition text;
    add_process(text, about);
    text.single(
        "kurir_store_readable", Kind::gauge, "0 if the store did not answer just now.",
        counts && stuck
    );
    text.single(
        "kurir_clock_jump_seconds", Kind::gauge,
        "By how much the clock has jumped, which is not believed yet; 0: it has not.",
        seconds(msh.clock_jumped().value_or(base::Duration()))
    );
    if (counts) add_counts(text, *counts, msh.pmodes());
    if (counts) add_ages(text, *counts, base::now());
    if (stuck) add_stuck(text, *stuck);
    text.single(
        "kurir_leases_held", Kind::gauge, "Outbound messages that this process has claimed.",
        std::uint64_t(msh.leases_held())
    );
    add_destinations(text, msh.destinations());
    add_pressure(text, msh.pressure());
    add_store(text, msh.statistics());
    add_outgoing(text, msh.counters());
    add_incoming(text, msh.counters());
    add_doors(text, about.doors());
    add_retention(text, msh.retained());
    add_certificates(text, msh);
    co_return http::plain(200, Exposition::content_type, text.take());
}

} // namespace api
