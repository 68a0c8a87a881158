"""The field's benchmarks: public sets, published predictions, figures as papers draw them."""
