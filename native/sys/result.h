#pragma once
#include <cerrno>
#include <utility>
#include <variant>

namespace sys {

/// A failed system call: which one, and the errno it left.
struct Failure {
  const char* syscall;
  int error;
};

/// The failure of the call that has just returned -1.
inline Failure failed(const char* syscall) { return {syscall, errno}; }

/// A value, or the failure that kept it from being made.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Failure failure) : state_(failure) {}

  bool ok() const { return state_.index() == 0; }
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  T take() { return std::move(std::get<0>(state_)); }
  const Failure& failure() const { return std::get<1>(state_); }

 private:
  std::variant<T, Failure> state_;
};

/// What a call that makes nothing returns.
struct Done {};

}  // namespace sys
