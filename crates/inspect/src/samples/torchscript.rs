//! Files of `TorchScript`, `torch.package` and `torch.export`.

use super::archive::Zip;
use super::pickle::Program;
use super::{File, one, torch};

/// The code of a module as PyTorch writes it.
pub const CODE: &str = "\
class Net(Module):
  __parameters__ = [\"weight\", ]
  __buffers__ = []
  __annotations__ = []
  __annotations__[\"0\"] = __torch__.torch.nn.modules.activation.ReLU
  weight : Tensor
  training : bool
  mode : str
  fc : __torch__.torch.nn.modules.linear.Linear
  def forward(self: __torch__.demo.Net,
    x: Tensor) -> Tensor:
    fc = self.fc
    _0 = getattr(self, \"0\")
    weight = self.weight
    _1 = (fc).forward(x, )
    _2, _3, = torch.max(_1, 1)
    if torch.__isnot__(x, None):
      _4 = torch.linear(_2, weight, None)
    else:
      ops.prim.RaiseException(\"Expected a tensor / not None\", \"builtins.ValueError\")
      _4 = uninitialized(Tensor)
    _5 = annotate(List[int], [])
    for _6 in range(torch.len(_5)):
      _7 = torch.append(_5, torch.add(_6, CONSTANTS.c0))
    _8 = torch.to(_4, dtype=6, layout=0, device=torch.device(\"cpu\"))
    return (_0).forward(torch.mul(_8, -1.0000000000000001e-05), )
  def __getstate__(self: __torch__.demo.Net) -> Tuple[Tensor, bool]:
    training = self.training
    return (self.weight, training)
def relu(input: Tensor,
    inplace: bool=False) -> Tensor:
  _9 = __torch__.torch.nn.functional.threshold
  return torch.relu(input)
";

/// A zip of `TorchScript` around this code.
pub fn zip(code: &str) -> Zip {
    let data = Program::new(2).global("__torch__.demo", "Net").tuple(0).newobj().put(0);
    let list_of_numbers = Program::new(2).global("torch.jit._pickle", "build_intlist").list().int(1).append();
    let list_of_numbers = list_of_numbers.tuple(1).reduce();
    let data = data.dict().text("training").raw([0x89]).setitem().build().stop();
    Zip::new()
        .stored("demo/data.pkl", &data)
        .stored("demo/code/__torch__/demo.py", code.as_bytes())
        .stored("demo/code/__torch__/demo.py.debug_pkl", &Program::new(2).tuple(0).stop())
        .stored("demo/constants.pkl", &list_of_numbers.tuple(1).stop())
        .stored("demo/version", b"3\n")
        .stored("demo/extra/notes.txt", b"Ordinary words.\n")
}

/// The same with one statement more.
pub fn with(statement: &str) -> Vec<File> {
    one("model.pt", zip(&format!("{CODE}  {statement}\n")).build())
}

/// What PyTorch writes, whole and for phones.
pub fn ordinary() -> Vec<File> {
    let mut files = one("model.pt", zip(CODE).build());
    let program = Program::new(2).int(8).text("__torch__.demo.Net.forward").tuple(2).stop();
    files.extend(one("model.ptl", zip(CODE).stored("demo/bytecode.pkl", &program).build()));
    files
}

/// A package of `torch.package` without sources.
pub fn package() -> Zip {
    let object = torch::state_dict("FloatStorage", "0", 2).stop();
    Zip::new()
        .stored("demo/.data/extern_modules", b"torch._utils\ncollections\n")
        .stored("demo/.data/version", b"6\n")
        .stored("demo/.data/0.storage", &[0, 0, 128, 63, 0, 0, 0, 64])
        .stored("demo/model/model.pkl", &object)
}

/// An archive of `torch.export` whose graph has one node that calls `target`.
pub fn export(target: &str) -> Zip {
    let graph = format!(
        r#"{{"graph_module":{{"graph":{{"inputs":[],"nodes":[{{"target":"{target}","inputs":[],"metadata":{{"stack_trace":"forward"}}}}]}}}},"opset_version":{{"aten":10}}}}"#
    );
    let weights = r#"{"config":{"fc.weight":{"path_name":"weight_0","is_param":true,"use_pickle":false,"tensor_meta":{"dtype":7,"sizes":[{"as_int":2}],"requires_grad":true,"device":{"type":"cpu","index":null},"strides":[{"as_int":1}],"storage_offset":{"as_int":0},"layout":7}}}}"#;
    Zip::new()
        .stored("demo/archive_format", b"pt2")
        .stored("demo/archive_version", b"0")
        .stored("demo/models/model.json", graph.as_bytes())
        .stored("demo/data/weights/weight_0", &[0, 0, 128, 63, 0, 0, 0, 64])
        .stored("demo/data/weights/model_weights_config.json", weights.as_bytes())
        .stored("demo/data/constants/model_constants_config.json", br#"{"config":{}}"#)
        .stored("demo/version", b"0\n")
        .stored("demo/.data/serialization_id", b"0849488847965048735")
}
