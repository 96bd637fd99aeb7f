// The device guard that a build of torch without CUDA lacks: with it tensors may say that they lie on "cuda:0".
//
// torch asks the guard of a device type which device is current and makes another current around each operation. This
// one knows one device, which is always current, and does nothing: whatever computes is played by whoever loads it.

#include <c10/core/impl/DeviceGuardImplInterface.h>

namespace {

c10::Device card() noexcept { return c10::Device(c10::DeviceType::CUDA, 0); }

class OneCard final : public c10::impl::NoOpDeviceGuardImpl<c10::DeviceType::CUDA> {
 public:
  c10::Device exchangeDevice(c10::Device) const override { return card(); }
  c10::Device getDevice() const override { return card(); }
  c10::Stream getStream(c10::Device) const noexcept override { return stream(); }
  c10::Stream getNewStream(c10::Device, int) const override { return stream(); }
  c10::Stream exchangeStream(c10::Stream) const noexcept override { return stream(); }

 private:
  static c10::Stream stream() noexcept { return c10::Stream(c10::Stream::DEFAULT, card()); }
};

}  // namespace

namespace c10::impl {
C10_REGISTER_GUARD_IMPL(CUDA, OneCard)
}
