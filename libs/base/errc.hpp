// SPDX-License-Identifier: Apache-2.0
// Makes each library's enum errc an error code of Boost.System, with the library's name as
// category.
//
// A library writes:  enum class errc { … };  const char* text(errc);  KURIR_ERROR_CODES(xml)
// The macro must come at the end of the header, outside every namespace.
#pragma once

#include <boost/system/error_code.hpp>

#include <string>

namespace base {

// The destructor of Boost's base class is protected and not virtual. `final` makes that safe.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
template <class Enum> class ErrorCategory final : public boost::system::error_category {
public:
    explicit ErrorCategory(const char* name) : name_(name) {}
    const char* name() const noexcept override { return name_; }
    std::string message(int value) const override { return text(static_cast<Enum>(value)); }

private:
    const char* name_;
};
#pragma GCC diagnostic pop

} // namespace base

// Makes library::errc an error code whose category is named after the library.
#define KURIR_ERROR_CODES(library)                                                                 \
    namespace library {                                                                            \
    inline const boost::system::error_category& category()                                         \
    {                                                                                              \
        static const base::ErrorCategory<errc> instance(#library);                                 \
        return instance;                                                                           \
    }                                                                                              \
    inline boost::system::error_code make_error_code(errc value)                                   \
    {                                                                                              \
        return {static_cast<int>(value), category()};                                              \
    }                                                                                              \
    }                                                                                              \
    template <> struct boost::system::is_error_code_enum<library::errc> : std::true_type {};
