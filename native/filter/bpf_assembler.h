#pragma once
#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace filter {

/// A place in a program that jumps can name before it is reached.
struct Label {
  size_t number;
};

/// Writes classic BPF with labels. Conditional jumps reach 255 instructions; those that must go
/// further become a jump over two long ones. All jumps go forward (the kernel takes no others).
class BpfAssembler {
 public:
  Label label();
  /// The next instruction is where `here` points.
  void bind(Label here);

  void emit(int code, uint32_t k);
  /// `test` is BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET, on the accumulator and `k`.
  void branch(int test, uint32_t k, Label yes, Label no);
  void jump(Label to);

  /// Goes to a new label if the accumulator is `k`, else on to the next instruction.
  Label on(uint32_t k);
  void on_to(uint32_t k, Label yes);
  void on_any(std::span<const uint32_t> values, Label yes);

  std::vector<sock_filter> assemble();

 private:
  static constexpr size_t kNone = SIZE_MAX;

  struct Op {
    uint16_t code;
    uint32_t k;
    size_t yes = kNone;
    size_t no = kNone;
    bool is_far = false;

    bool is_branch() const { return no != kNone; }
    bool is_jump() const { return yes != kNone && no == kNone; }
    size_t size() const { return is_far ? 3 : 1; }
  };

  std::vector<size_t> place() const;
  bool lengthen(const std::vector<size_t>& places);
  void write(const Op& op, const std::vector<size_t>& places, std::vector<sock_filter>& to) const;

  std::vector<Op> ops_;
  std::vector<size_t> labels_;  ///< index of the op each is bound to
};

}  // namespace filter
