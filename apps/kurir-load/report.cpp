// SPDX-License-Identifier: Apache-2.0
// The text is written from the JSON's figures, so that both say the same.
#include "kurir-load/report.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace kurir_load {

namespace json = boost::json;

namespace {

double milliseconds(Histogram::Micros time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

double per(double amount, double whole)
{
    return whole > 0 ? amount / whole : 0;
}

json::object latencies(const Histogram& times)
{
    return {
        {"count", times.count()},
        {"p50", milliseconds(times.quantile(0.5))},
        {"p90", milliseconds(times.quantile(0.9))},
        {"p99", milliseconds(times.quantile(0.99))},
        {"max", milliseconds(times.longest())}
    };
}

json::object ledger(const Balance& balance)
{
    json::array faults;
    for (const auto& fault : balance.faults)
        faults.emplace_back(fault);
    return {
        {"holds", balance.holds()},
        {"offered", balance.offered},
        {"promised", balance.promised},
        {"refused", balance.refused},
        {"unknown", balance.unknown},
        {"arrived", balance.arrived},
        {"handed_over_again", balance.again},
        {"unacknowledged", balance.unacknowledged},
        {"lost", balance.lost},
        {"doubled", balance.doubled},
        {"phantom", balance.phantom},
        {"changed", balance.changed},
        {"faults", std::move(faults)}
    };
}

json::value daemon(const Observed& seen, std::uint64_t messages)
{
    if (!seen.before || !seen.after) return nullptr;
    const auto count = static_cast<double>(messages);
    const auto& before = *seen.before;
    const auto& after = *seen.after;
    return json::object{
        {"cpu_ms_per_message", 1000 * per(after.cpu_seconds - before.cpu_seconds, count)},
        {"fsyncs_per_message", per(after.syncs - before.syncs, count)},
        {"commits_per_message", per(after.commits - before.commits, count)},
        {"memory_mib", after.memory / (1 << 20)},
        {"peak_memory_mib", after.peak_memory / (1 << 20)}
    };
}

json::object others(const std::map<int, std::uint64_t>& answers)
{
    json::object counted;
    for (const auto& [status, count] : answers)
        counted[std::to_string(status)] = count;
    return counted;
}

std::string times_line(std::string_view what, const Histogram& times)
{
    return fmt::format(
        "{:<27} p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  max {:.1f} ms ({})\n", what,
        milliseconds(times.quantile(0.5)), milliseconds(times.quantile(0.9)),
        milliseconds(times.quantile(0.99)), milliseconds(times.longest()), times.count()
    );
}

std::string daemon_line(std::string_view name, const json::value& seen)
{
    if (!seen.is_object()) return {};
    const auto figure = [&](std::string_view key) {
        return seen.get_object().at(key).to_number<double>();
    };
    return fmt::format(
        "{:<27} {:.2f} ms CPU, {:.2f} fsyncs, {:.2f} commits a message; {:.1f} MiB, {:.1f} at its "
        "peak\n",
        name, figure("cpu_ms_per_message"), figure("fsyncs_per_message"),
        figure("commits_per_message"), figure("memory_mib"), figure("peak_memory_mib")
    );
}

std::string ledger_text(const Balance& balance)
{
    auto text = fmt::format(
        "ledger                      {} promised, {} came out; lost {}, doubled {}, phantom {}, "
        "changed {}\n",
        balance.promised, balance.arrived, balance.lost, balance.doubled, balance.phantom,
        balance.changed
    );
    if (balance.refused + balance.unknown + balance.again + balance.unacknowledged > 0)
        text += fmt::format(
            "                            {} refused, {} without answer, {} handed over again, {} "
            "unacknowledged\n",
            balance.refused, balance.unknown, balance.again, balance.unacknowledged
        );
    for (const auto& fault : balance.faults)
        text += "  " + fault + "\n";
    return text;
}

} // namespace

json::object to_json(const Report& report)
{
    const auto& run = report.run;
    const auto arrived = run.balance.arrived;
    const auto offering = run.pace.length().count();
    return {
        {"target", report.target},
        {"document_octets", report.document_octets},
        {"scheduled", run.scheduled},
        {"begun", run.begun},
        {"offering_seconds", offering},
        {"begun_per_second", per(static_cast<double>(run.begun), offering)},
        {"furthest_behind_ms", milliseconds(run.furthest_behind)},
        {"goodput", run.pace.rate()},
        {"arrived_per_second", per(static_cast<double>(arrived), run.until_last.count())},
        {"unavailable", run.unavailable},
        {"broken", run.broken},
        {"other_answers", others(run.other_answers)},
        {"first_error", run.first_error},
        {"fetch_errors", run.fetch_errors},
        {"first_fetch_error", run.first_fetch_error},
        {"submit_to_202_ms", latencies(run.accepted)},
        {"submit_to_fetched_ms", latencies(run.fetched)},
        {"ledger", ledger(run.balance)},
        {"own_cpu_ms_per_message", 1000 * per(report.own_cpu, static_cast<double>(arrived))},
        {"a", daemon(report.to, arrived)},
        {"b", daemon(report.from, arrived)}
    };
}

std::string to_text(const Report& report)
{
    const auto figures = to_json(report);
    const auto& run = report.run;
    const auto figure = [&](std::string_view key) { return figures.at(key).to_number<double>(); };
    auto text = fmt::format(
        "{}, documents of {} octets\n"
        "offered                     {} of {} scheduled, {:.1f} a second for {:.1f} s, at most "
        "{:.1f} ms late\n"
        "goodput                     {:.1f} a second came out meanwhile; {:.1f} until the last "
        "one\n",
        report.target, report.document_octets, run.begun, run.scheduled, figure("begun_per_second"),
        run.pace.length().count(), figure("furthest_behind_ms"), figure("goodput"),
        figure("arrived_per_second")
    );
    text += times_line("intended start to 202", run.accepted);
    text += times_line("intended start to fetched", run.fetched);
    text += fmt::format("not now (503, 429)          {}\n", run.unavailable);
    std::uint64_t other = 0;
    for (const auto& [status, count] : run.other_answers)
        other += count;
    if (run.broken + other > 0)
        text += fmt::format(
            "broken, other answers       {}, {}: {}\n", run.broken, other, run.first_error
        );
    if (run.fetch_errors > 0)
        text += fmt::format(
            "errors while fetching       {}: {}\n", run.fetch_errors, run.first_fetch_error
        );
    text += daemon_line("daemon A", figures.at("a"));
    text += daemon_line("daemon B", figures.at("b"));
    text += fmt::format(
        "this program                {:.2f} ms CPU a message\n", figure("own_cpu_ms_per_message")
    );
    return text + ledger_text(run.balance);
}

} // namespace kurir_load
