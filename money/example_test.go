package money_test

import (
	"fmt"

	"tokpit/money"
)

// A million cached tokens at 0.003625 dollars per million, and a few more.
func Example() {
	rate, err := money.ParsePerMillion("0.003625")
	if err != nil {
		fmt.Println(err)
		return
	}
	cost := rate.Times(1_000_007)
	fmt.Println(cost, "is about", cost.Format(4))
	// Output: 0.003625025375 is about 0.0036
}

func ExampleSplit() {
	fee, _ := money.Parse("200")
	for _, part := range money.Split(fee, []int64{1, 1, 1}) {
		fmt.Println(part)
	}
	// Output:
	// 66.666666666666666667
	// 66.666666666666666667
	// 66.666666666666666666
}

func ExampleRate_Scale() {
	list, _ := money.ParsePerMillion("3.75")
	fmt.Println(list.Scale(11, 10).PerMillion())
	// Output: 4.125
}
