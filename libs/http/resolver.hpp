// SPDX-License-Identifier: Apache-2.0
// Host names to addresses, off the I/O thread, so that a name whose servers do not answer delays
// nobody else's: each look-up has a thread of its own, one for a name however many ask, and there
// are no more than a bound. A look-up that stalls cannot be broken off: those who ask wait up to
// their own limit, and its thread ends when the system lets it.
#pragma once

#include "base/result.hpp"
#include "http/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace http {

using Addresses = std::vector<boost::asio::ip::address>;

// Blocks, on a thread of the resolver. errc::cannot_resolve.
using LookUp = std::function<base::Result<Addresses>(const std::string& host)>;
base::Result<Addresses> ask_the_system(const std::string& host);

class Resolver {
public:
    // Twice as many as there are exchanges at once: a look-up that stalls outlives the exchange
    // that asked, and whoever finds no thread fails for others' names.
    static constexpr std::size_t max_look_ups = 64;

    explicit Resolver(LookUp look_up = ask_the_system, std::size_t max = max_look_ups);
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    ~Resolver(); // waits for nothing: what still runs finds nobody to tell

    // An address stands for itself. errc::cannot_resolve: there is none, or too many names are
    // being looked up; errc::timeout_before: not known by `until`.
    boost::asio::awaitable<base::Result<Addresses>>
    resolve(boost::asio::any_io_executor executor, std::string host, Clock::time_point until);

    struct Shared;

private:
    std::shared_ptr<Shared> shared_;
};

} // namespace http
