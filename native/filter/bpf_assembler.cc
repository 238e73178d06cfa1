#include "filter/bpf_assembler.h"

namespace filter {
namespace {

constexpr size_t kReach = 255;

}  // namespace

Label BpfAssembler::label() {
  labels_.push_back(kNone);
  return {labels_.size() - 1};
}

void BpfAssembler::bind(Label here) { labels_[here.number] = ops_.size(); }

void BpfAssembler::emit(int code, uint32_t k) { ops_.push_back({static_cast<uint16_t>(code), k}); }

void BpfAssembler::branch(int test, uint32_t k, Label yes, Label no) {
  ops_.push_back({static_cast<uint16_t>(BPF_JMP | BPF_K | test), k, yes.number, no.number});
}

void BpfAssembler::jump(Label to) { ops_.push_back({BPF_JMP | BPF_JA, 0, to.number}); }

Label BpfAssembler::on(uint32_t k) {
  const Label yes = label();
  on_to(k, yes);
  return yes;
}

void BpfAssembler::on_to(uint32_t k, Label yes) {
  const Label no = label();
  branch(BPF_JEQ, k, yes, no);
  bind(no);
}

void BpfAssembler::on_any(std::span<const uint32_t> values, Label yes) {
  for (const uint32_t k : values) on_to(k, yes);
}

std::vector<sock_filter> BpfAssembler::assemble() {
  std::vector<size_t> places = place();
  while (lengthen(places)) places = place();
  std::vector<sock_filter> program;
  program.reserve(places.back());
  for (const Op& op : ops_) write(op, places, program);
  return program;
}

/// Where each op begins, in instructions; one more for the end.
std::vector<size_t> BpfAssembler::place() const {
  std::vector<size_t> places = {0};
  for (const Op& op : ops_) places.push_back(places.back() + op.size());
  return places;
}

/// Marks branches whose targets are out of reach. Lengthening one may push others out, so the
/// caller asks again until nothing changes.
bool BpfAssembler::lengthen(const std::vector<size_t>& places) {
  bool has_changed = false;
  for (size_t at = 0; at < ops_.size(); at++) {
    Op& op = ops_[at];
    if (!op.is_branch() || op.is_far) continue;
    const size_t after = places[at] + 1;
    op.is_far = places[labels_[op.yes]] - after > kReach || places[labels_[op.no]] - after > kReach;
    has_changed |= op.is_far;
  }
  return has_changed;
}

void BpfAssembler::write(const Op& op, const std::vector<size_t>& places,
                         std::vector<sock_filter>& to) const {
  const auto distance = [&](size_t label) {
    return static_cast<uint32_t>(places[labels_[label]] - to.size() - 1);
  };
  if (op.is_jump()) {
    to.push_back({op.code, 0, 0, distance(op.yes)});
  } else if (!op.is_branch()) {
    to.push_back({op.code, 0, 0, op.k});
  } else if (!op.is_far) {
    const auto yes = static_cast<uint8_t>(distance(op.yes));
    const auto no = static_cast<uint8_t>(distance(op.no));
    to.push_back({op.code, yes, no, op.k});
  } else {
    to.push_back({op.code, 0, 1, op.k});
    to.push_back({BPF_JMP | BPF_JA, 0, 0, distance(op.yes)});
    to.push_back({BPF_JMP | BPF_JA, 0, 0, distance(op.no)});
  }
}

}  // namespace filter
