"""The rig behind `make_basis`: how a face's skin follows its muscles, and what each shape is."""
